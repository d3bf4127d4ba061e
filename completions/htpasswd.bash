# bash completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.

_htpasswd() {
    local options='-c -n -D -v -b -i -B -C -5 -2 -r -m -s -d -p --create --stdout --delete --verify --ensure --disable --enable --import --check --list --batch --stdin --password-file --password-fd --password-env --generate --for --bcrypt --cost --sha512 --sha256 --rounds --argon2 --argon2-params --no-clobber --backup --mode --group --lock-timeout --no-lock --dry-run --strict --no-limits --import-format --hashed --keep-going --prune --fix --ignore --json --format --color --secret --secret-key --secret-name --secret-type --namespace --help --version --md5 --sha1 --crypt --plain'
    local with_value=' --password-file --password-fd --password-env --for --cost --rounds --argon2-params --mode --group --lock-timeout --import-format --ignore --format --color --secret --secret-key --secret-name --secret-type --namespace '
    local cluster='^-[cnDvbiB52msdp]*[Cr]$'
    local current=${COMP_WORDS[COMP_CWORD]} option='' last='' operands='' before='' words='' files='' word i

    # Find the option whose value is completed, and whether the operands have started. Bash splits --name=value into
    # three words.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == '=' ]]; then
            option=$last
        elif [[ -n $option ]]; then
            option=''
        elif [[ $word == -- || $word != -?* ]]; then
            operands=yes
            break
        elif [[ $word == --* ]]; then
            last=$word
            if [[ $with_value == *" $word "* ]]; then option=$word; fi
        elif [[ $word =~ $cluster ]]; then
            option=-${word: -1}
        fi
    done
    if [[ -z $operands && $current == '=' ]]; then
        option=$last current=''
    elif [[ -z $operands && -z $option && $current == --*=* ]]; then
        option=${current%%=*} before=${current%%=*}= current=${current#*=}
    fi

    if [[ -n $option && -z $operands ]]; then
        case $option in
        --password-file) files=yes ;;
        --for) words='registry httpd nginx haproxy squid lighttpd traefik caddy prometheus envoy pypiserver verdaccio ingress-nginx nginx-ingress haproxy-ingress haproxytech envoy-gateway openshift oauth2-proxy zot rest-server rclone bazel-remote radicale wsgidav openbsd-httpd h2o webrick help' ;;
        --import-format) words='lines csv json' ;;
        --ignore) words='missing-file not-readable readable-by-others writable-by-others leftover-file not-read utf-16 no-users no-colon hash-without-name base64 doubled-dollar lost-dollar quoted prefixed-name two-records htdigest-record no-user duplicate empty-hash empty-field locked unknown-hash malformed-hash taken-for-password foreign-hash not-verified rarely-read-scheme unreadable-scheme unreadable-prefix hex-md5 text-after-hash weak-scheme low-cost high-cost byte-order-mark inner-byte-order-mark crlf stray-carriage-return no-final-line-feed leading-space space-after-name trimmed-name invisible-character space-before-hash trailing-space more-fields nul nul-in-name empty-line blank-line comment indented-comment not-utf8 quotation-mark name-not-accepted backslash split-line long-line' ;;
        --format) words='plain compose traefik haproxy caddy prometheus env k8s-secret' ;;
        --color) words='auto always never' ;;
        --secret) files=yes ;;
        esac
    elif [[ -z $operands && $current == -* ]]; then
        words=$options
    else
        files=yes
    fi

    COMPREPLY=()
    if [[ -n $files ]]; then
        # Readline completes paths, because it quotes them for the shell.
        compopt -o default
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -P "$before" -- "$current")
    fi
}

complete -F _htpasswd htpasswd
