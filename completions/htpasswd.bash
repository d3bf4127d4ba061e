# bash completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.

# Prints the user names of the password file $2, one on a line. $1 is htpasswd, and $2 is a word of the command line.
_htpasswd_users() {
    local file=${2//[\\\"\']/} names
    if [[ $file == '~/'* ]]; then file=$HOME/${file:2}; fi
    # Only a regular file is read, because a pipe would block.
    if [[ -f $file ]]; then
        mapfile -t names < <("$1" --list --format plain -- "$file" 2>/dev/null </dev/null)
        printf '%s\n' "${names[@]%%:*}"
    fi
}

_htpasswd() {
    local options='-c -n -D -v -b -i -B -C -5 -2 -r -m -s -d -p --create --stdout --delete --verify --ensure --disable --enable --import --check --list --batch --stdin --password-file --password-fd --password-env --generate --for --bcrypt --cost --sha512 --sha256 --rounds --argon2 --argon2-params --no-clobber --backup --mode --group --lock-timeout --no-lock --dry-run --strict --no-limits --import-format --hashed --keep-going --prune --output --fix --ignore --json --format --color --secret --secret-key --secret-name --secret-type --namespace --help --version --md5 --sha1 --crypt --plain'
    local with_value=' --password-file --password-fd --password-env --for --cost --rounds --argon2-params --mode --group --lock-timeout --import-format --output --ignore --format --color --secret --secret-key --secret-name --secret-type --namespace '
    local without_users=' --create --stdout --import --list --secret '
    local cluster='^-[cnDvbiB52msdp]*[Cr]$' cluster_without_users='^-[cnDvbiB52msdp]*[cn]'
    local line=${COMP_LINE:0:COMP_POINT} current cut word i
    local typed=() operands=() offers=() option='' started='' before='' words='' files='' users=yes

    # Bash splits words at characters such as = and @. Join the parts that have no blank between them.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 0)) && [[ -n $word && $line == "$word"* || -z $word && ${COMP_LINE:0:COMP_POINT} != *[[:blank:]] ]]; then
            typed[-1]+=$word
        else
            typed+=("$word")
        fi
        line=${line#*"$word"}
    done
    current=${typed[-1]}
    # Readline replaces only the last part of the word, $2, so the offers must not have the text before it.
    cut=${current%"$2"}

    # Find the option whose value is completed, and the operands.
    for word in "${typed[@]:1:${#typed[@]}-2}"; do
        if [[ -n $started ]]; then
            operands+=("$word")
        elif [[ -n $option ]]; then
            option=''
        elif [[ $word == -- ]]; then
            started=yes
        elif [[ $word != -?* ]]; then
            started=yes
            operands+=("$word")
        else
            if [[ $without_users == *" ${word%%=*} "* || $word =~ $cluster_without_users ]]; then users=''; fi
            if [[ $with_value == *" $word "* ]]; then
                option=$word
            elif [[ $word =~ $cluster ]]; then
                option=-${word: -1}
            fi
        fi
    done
    if [[ -z $started && -z $option && $current == --*=* ]]; then
        option=${current%%=*} before=${current%%=*}= current=${current#*=}
    fi

    if [[ -n $option && -z $started ]]; then
        case $option in
        --password-file) files=yes ;;
        --for) words='registry httpd nginx haproxy squid lighttpd traefik caddy prometheus envoy pypiserver verdaccio ingress-nginx nginx-ingress haproxy-ingress haproxytech envoy-gateway openshift oauth2-proxy zot rest-server rclone bazel-remote radicale wsgidav openbsd-httpd h2o webrick httpd-windows nginx-windows help' ;;
        --import-format) words='lines csv json' ;;
        --output) files=yes ;;
        --ignore) words='missing-file not-readable readable-by-others writable-by-others unhidden-backup leftover-file not-read utf-16 no-users no-colon hash-without-name base64 doubled-dollar lost-dollar quoted prefixed-name two-records htdigest-record no-user duplicate empty-hash empty-field locked unknown-hash malformed-hash taken-for-password foreign-hash not-verified rarely-read-scheme unreadable-scheme unreadable-prefix hex-md5 text-after-hash weak-scheme low-cost high-cost byte-order-mark inner-byte-order-mark crlf stray-carriage-return no-final-line-feed leading-space space-after-name trimmed-name invisible-character space-before-hash trailing-space more-fields nul nul-in-name empty-line blank-line comment indented-comment not-utf8 quotation-mark name-not-accepted backslash split-line long-line' ;;
        --format) words='plain compose traefik haproxy caddy prometheus env k8s-secret' ;;
        --color) words='auto always never' ;;
        --secret) files=yes ;;
        esac
    elif [[ -z $started && $current == -* ]]; then
        words=$options
    elif [[ -n $users ]] && ((${#operands[@]} == 1)); then
        # In quotation marks, readline inserts a name as it is. Otherwise, the name is quoted for the shell.
        while IFS= read -r word; do
            if [[ -z $word || $word == *[[:cntrl:]]* || $word != "${current//[\\\"\']/}"* ]]; then continue; fi
            if [[ $current == [\"\']* ]]; then
                if [[ $word != *[\"\'\\\$\`!]* ]]; then offers+=("$word"); fi
            else
                printf -v word %q "$word"
                offers+=("${word#"$cut"}")
            fi
        done < <(_htpasswd_users "$1" "${operands[0]}")
        # --check takes several files.
        if [[ " ${typed[*]} " == *' --check '* ]]; then files=yes; fi
    else
        files=yes
    fi

    COMPREPLY=("${offers[@]}")
    if [[ -n $files ]]; then
        # If there is no other offer, readline completes paths, because it quotes them for the shell.
        compopt -o default
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -P "$before" -- "$current")
        COMPREPLY=("${COMPREPLY[@]#"$cut"}")
    fi
}

complete -F _htpasswd htpasswd
