# fish completion for htpasswd-auth. Made by `cargo xtask generate`.
# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_htpasswd_auth_global_optspecs
    string join \n listen= realm= proxy= trusted-proxy= address-header= socket-mode= socket-group= tls-certificate= tls-key= tls-client-ca= metrics-listen= cache= queue-timeout= threads= failures-per-user= failures-per-address= connections= stop-timeout= log-format= log-level= config= check-config h/help V/version
end

function __fish_htpasswd_auth_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_htpasswd_auth_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_htpasswd_auth_using_subcommand
    set -l cmd (__fish_htpasswd_auth_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l listen -d 'Listen on ADDRESS:PORT or unix:PATH (repeatable) [default: 127.0.0.1:8181]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l realm -d 'Show TEXT in the login prompt [default: Restricted]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l proxy -d 'Answer as KIND needs it: nginx, envoy or standard [default: standard]' -r -f -a "nginx\t''
envoy\t''
standard\t''"
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l trusted-proxy -d 'Accept requests only from NETWORK; repeatable [default: loopback]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l address-header -d 'Read the client\'s address from NAME [default: X-Forwarded-For]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l socket-mode -d 'Set the mode of Unix sockets [default: 0660]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l socket-group -d 'Set the group of Unix sockets' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l tls-certificate -d 'Serve TLS with this certificate chain (PEM)' -r -F
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l tls-key -d 'Read the private key of the certificate from FILE (PEM)' -r -F
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l tls-client-ca -d 'Accept only client certificates of these authorities (PEM)' -r -F
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l metrics-listen -d 'Serve /metrics, /healthz and /readyz on another ADDRESS' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l cache -d 'Remember a right login for SECONDS; 0 turns this off [default: 60]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l queue-timeout -d 'Reject a login that waits longer than SECONDS [default: 2]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l threads -d 'Hash on N threads; 0 means one per core [default: 0]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l failures-per-user -d 'Verify N wrong passwords a minute per address and user [default: 10]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l failures-per-address -d 'Verify N wrong passwords a minute per address [default: 100]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l connections -d 'Open at most N connections [default: 1024]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l stop-timeout -d 'Finish requests for at most SECONDS after SIGTERM [default: 10]' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l log-format -d 'Log as text or json [default: text]' -r -f -a "text\t''
json\t''"
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l log-level -d 'Log error, warn, info or debug and above [default: info]' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l config -d 'Read sites and settings from a TOML file' -r -F
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -l check-config -d 'Check the configuration and its files, and exit'
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -s h -l help -d 'Print help'
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -s V -l version -d 'Print version'
complete -c htpasswd-auth -n "__fish_htpasswd_auth_needs_command" -a "doctor" -d 'Send requests through a proxy, and name the lines its configuration lacks.'
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l user -d 'Log in as this user, who may use the page' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l password-file -d 'Read the password from the first line of FILE (- for stdin)' -r -F
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l groups -d 'Expect these groups in Remote-Groups, separated by commas' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l echo-listen -d 'Answer as the application on ADDRESS:PORT, and check its requests' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l proxy -d 'Name lines for nginx, caddy, haproxy, traefik or envoy' -r -f -a "nginx\t''
caddy\t''
haproxy\t''
traefik\t''
envoy\t''"
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l connect -d 'Connect to ADDRESS:PORT instead of the host of the URL' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l ca -d 'Trust these authorities (PEM) instead of those of the system' -r -F
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l failures-per-user -d 'The limit of the service; 0 skips the probe of addresses' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l timeout -d 'Wait for an answer for at most SECONDS' -r
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l service-stopped -d 'Check that nothing passes while htpasswd-auth is stopped'
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -l json -d 'Print the report as JSON'
complete -c htpasswd-auth -n "__fish_htpasswd_auth_using_subcommand doctor" -s h -l help -d 'Print help'
