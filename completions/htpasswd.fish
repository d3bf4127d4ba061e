# fish completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.
complete -c htpasswd -l password-file -d 'Read a file, without its last newline' -r -F
complete -c htpasswd -l password-fd -d 'Read an open file descriptor' -r -f
complete -c htpasswd -l password-env -d 'Read an environment variable' -r -f
complete -c htpasswd -l for -d 'Use the best scheme of SERVER[,...] (--for help)' -r -f -a "registry\t''
httpd\t''
nginx\t''
haproxy\t''
squid\t''
lighttpd\t''
traefik\t''
caddy\t''
prometheus\t''
envoy\t''
pypiserver\t''
verdaccio\t''
ingress-nginx\t''
nginx-ingress\t''
haproxy-ingress\t''
haproxytech\t''
envoy-gateway\t''
openshift\t''
oauth2-proxy\t''
zot\t''
rest-server\t''
rclone\t''
bazel-remote\t''
radicale\t''
wsgidav\t''
openbsd-httpd\t''
h2o\t''
webrick\t''
httpd-windows\t''
nginx-windows\t''
help\t''"
complete -c htpasswd -s C -l cost -d 'bcrypt cost, 4 to 17 (5; 10 with --ensure, ...)' -r -f
complete -c htpasswd -s r -l rounds -d 'Rounds of -5 and -2, 1000 or more (default 5000)' -r -f
complete -c htpasswd -l argon2-params -d 'Its cost (default m=19456,t=2,p=1; m in KiB)' -r -f
complete -c htpasswd -l mode -d 'Set the permissions of a new FILE' -r -f
complete -c htpasswd -l group -d 'Set the group of a new FILE (and mode 640)' -r -f
complete -c htpasswd -l lock-timeout -d 'Wait for other writers (default 10)' -r -f
complete -c htpasswd -l import-format -d 'lines, csv or json (default: as USERS is named)' -r -f -a "lines\t''
csv\t''
json\t''"
complete -c htpasswd -l output -d 'Write the passwords of --generate to a new file' -r -F
complete -c htpasswd -l ignore -d 'With --check: report no finding of KIND[,...]' -r -f -a "missing-file\t''
not-readable\t''
readable-by-others\t''
writable-by-others\t''
unhidden-backup\t''
leftover-file\t''
not-read\t''
utf-16\t''
no-users\t''
no-colon\t''
hash-without-name\t''
base64\t''
doubled-dollar\t''
lost-dollar\t''
quoted\t''
prefixed-name\t''
two-records\t''
htdigest-record\t''
no-user\t''
duplicate\t''
empty-hash\t''
empty-field\t''
locked\t''
unknown-hash\t''
malformed-hash\t''
taken-for-password\t''
foreign-hash\t''
not-verified\t''
rarely-read-scheme\t''
unreadable-scheme\t''
unreadable-prefix\t''
hex-md5\t''
text-after-hash\t''
weak-scheme\t''
low-cost\t''
high-cost\t''
byte-order-mark\t''
inner-byte-order-mark\t''
crlf\t''
stray-carriage-return\t''
no-final-line-feed\t''
leading-space\t''
space-after-name\t''
trimmed-name\t''
invisible-character\t''
space-before-hash\t''
trailing-space\t''
more-fields\t''
nul\t''
nul-in-name\t''
empty-line\t''
blank-line\t''
comment\t''
indented-comment\t''
not-utf8\t''
quotation-mark\t''
name-not-accepted\t''
backslash\t''
split-line\t''
long-line\t''"
complete -c htpasswd -l format -d 'Format of -n and --list; see Formats' -r -f -a "plain\t''
compose\t''
traefik\t''
haproxy\t''
caddy\t''
prometheus\t''
env\t''
k8s-secret\t''"
complete -c htpasswd -l color -d 'auto (default), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c htpasswd -l secret -d 'Manifest of the Secret (- is stdin and stdout)' -r -F
complete -c htpasswd -l secret-key -d 'Key (default: htpasswd, auth or the only key)' -r -f
complete -c htpasswd -l secret-name -d 'Name, if the manifest has several Secrets' -r -f
complete -c htpasswd -l secret-type -d 'Type of a new Secret (default: Opaque)' -r -f
complete -c htpasswd -l namespace -d 'Namespace of a new Secret' -r -f
complete -c htpasswd -s c -l create -d 'Create FILE with this user only (replaces FILE)'
complete -c htpasswd -s n -l stdout -d 'Print the record instead of writing FILE'
complete -c htpasswd -s D -l delete -d 'Delete USER'
complete -c htpasswd -s v -l verify -d 'Verify the password (exit 0: right, 3: wrong)'
complete -c htpasswd -l ensure -d 'Add or update USER only if necessary (-D: delete)'
complete -c htpasswd -l disable -d 'Disable USER: no password matches until --enable'
complete -c htpasswd -l enable -d 'Enable USER again, with the same password'
complete -c htpasswd -l import -d 'Add or update all users of the list USERS'
complete -c htpasswd -l check -d 'Report problems in FILE..., or those of USER in FILE'
complete -c htpasswd -l list -d 'List users, schemes, costs and problems'
complete -c htpasswd -s b -l batch -d 'Use the last operand (other users can see it)'
complete -c htpasswd -s i -l stdin -d 'Read standard input, without its last newline'
complete -c htpasswd -l generate -d 'Generate and print one (default: 26 characters)'
complete -c htpasswd -s B -l bcrypt -d 'bcrypt, which Docker registries require'
complete -c htpasswd -s 5 -l sha512 -d 'SHA-512-crypt'
complete -c htpasswd -s 2 -l sha256 -d 'SHA-256-crypt'
complete -c htpasswd -l argon2 -d 'argon2id, which Radicale and Caddy can read'
complete -c htpasswd -l no-clobber -d 'With -c: fail if FILE exists'
complete -c htpasswd -l backup -d 'Keep the old FILE under its name with SUFFIX (~)'
complete -c htpasswd -l no-lock -d 'Write without a lock (where locks do not work)'
complete -c htpasswd -l dry-run -d 'With --import, --ensure: report, write nothing'
complete -c htpasswd -l strict -d 'Treat warnings as errors: write nothing, exit 1'
complete -c htpasswd -l no-limits -d 'Accept hashes of any cost and inputs of any size'
complete -c htpasswd -l hashed -d 'USERS contains hashes instead of passwords'
complete -c htpasswd -l keep-going -d 'Skip invalid records instead of writing nothing'
complete -c htpasswd -l prune -d 'Delete users who are not in USERS'
complete -c htpasswd -l fix -d 'With --check: first repair newlines, encoding, duplicates'
complete -c htpasswd -l json -d 'Print the result, or the error, as a JSON object'
complete -c htpasswd -l help -d 'Print this help (-h alone: a shorter one)'
complete -c htpasswd -l version -d 'Print the version (also: -V alone)'
complete -c htpasswd -s m -l md5 -d 'Apache\'s MD5, the default of plain calls'
complete -c htpasswd -s s -l sha1 -d 'SHA-1 without salt'
complete -c htpasswd -s d -l crypt -d 'DES crypt, uses 8 characters of the password'
complete -c htpasswd -s p -l plain -d 'Store the password in plain text'

# Prints FILE if the next word is a user of FILE. Fails if the next word is another operand or an option.
function __htpasswd_file
    set -l tokens (commandline -opc)
    # Another program, such as sudo, may precede htpasswd.
    while set -q tokens[1]; and not string match -q '*htpasswd' -- $tokens[1]
        set -e tokens[1]
    end
    set -e tokens[1]
    set -l operands
    set -l state options
    for token in $tokens
        switch "$state/$token"
            case 'value/*'
                set state options
            case 'operands/*'
                set -a operands $token
            case options/--
                set state operands
            case 'options/--*'
                contains -- (string replace -r '=.*' '' -- $token) --create --stdout --import --list --secret; and return 1
                contains -- $token --password-file --password-fd --password-env --for --cost --rounds --argon2-params --mode --group --lock-timeout --import-format --output --ignore --format --color --secret --secret-key --secret-name --secret-type --namespace; and set state value
            case 'options/-?*'
                string match -qr -- '^-[cnDvbiB52msdp]*[cn]' $token; and return 1
                string match -qr -- '^-[cnDvbiB52msdp]*[Cr]$' $token; and set state value
            case '*'
                set state operands
                set -a operands $token
        end
    end
    test (count $operands) -eq 1; or return 1
    # The function replace fails if it replaces nothing.
    string replace -r '^~/' "$HOME/" -- $operands[1]; or true
end

# Prints the users of FILE.
function __htpasswd_users
    set -l file (__htpasswd_file)
    # Only a regular file is read, because a pipe would block.
    test -f "$file"; and htpasswd --list --format plain -- $file 2>/dev/null </dev/null | string replace -r ':.*' ''
end

# --check takes several files, so fish also offers files.
complete -c htpasswd -n '__htpasswd_file >/dev/null; and not contains -- --check (commandline -opc)' -f
complete -c htpasswd -n '__htpasswd_file >/dev/null' -a '(__htpasswd_users)'
