# bash completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.

_htpasswd() {
    local options='-c -n -D -v -b -i -B -C -2 -5 -r -m -s -d -p --create --stdout --delete --verify --ensure --batch --stdin --password-file --password-fd --password-env --generate --for --bcrypt --cost --sha256 --sha512 --rounds --md5 --sha1 --crypt --plain --import --import-format --hashed --keep-going --prune --json --dry-run --no-clobber --mode --lock-timeout --strict --no-limits --check --fix --list --secret --secret-key --secret-name --format --help --version'
    local with_value=' --password-file --password-fd --password-env --for --cost --rounds --import-format --mode --lock-timeout --secret --secret-key --secret-name --format '
    local bundle='^-[cnDvbiB25msdp]*[Cr]$'
    local current=${COMP_WORDS[COMP_CWORD]} option='' last='' operands='' before='' words='' files='' word i

    # The option whose value comes next, and whether the operands have begun. Bash makes three words of --name=value.
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
        elif [[ $word =~ $bundle ]]; then
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
        --for) words='registry httpd nginx haproxy squid lighttpd traefik caddy prometheus envoy pypiserver verdaccio help' ;;
        --import-format) words='lines csv json' ;;
        --secret) files=yes ;;
        --format) words='plain compose traefik haproxy caddy prometheus env k8s-secret' ;;
        esac
    elif [[ -z $operands && $current == -* ]]; then
        words=$options
    else
        files=yes
    fi

    COMPREPLY=()
    if [[ -n $files ]]; then
        # Readline knows best how paths are quoted.
        compopt -o default
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -P "$before" -- "$current")
    fi
}

complete -F _htpasswd htpasswd
