# powershell completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'htpasswd' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'htpasswd'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'htpasswd' {
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read a file, without its last newline')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read an open file descriptor')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Read an environment variable')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Use the best scheme of SERVER[,...] (--for help)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'bcrypt cost, 4 to 17 (5; 10 with --ensure, ...)')
            [CompletionResult]::new('--cost', '--cost', [CompletionResultType]::ParameterName, 'bcrypt cost, 4 to 17 (5; 10 with --ensure, ...)')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Rounds of -5 and -2, 1000 or more (default 5000)')
            [CompletionResult]::new('--rounds', '--rounds', [CompletionResultType]::ParameterName, 'Rounds of -5 and -2, 1000 or more (default 5000)')
            [CompletionResult]::new('--argon2-params', '--argon2-params', [CompletionResultType]::ParameterName, 'Its cost (default m=19456,t=2,p=1; m in KiB)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'Set the permissions of a new FILE')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Set the group of a new FILE (and mode 640)')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'Wait for other writers (default 10)')
            [CompletionResult]::new('--import-format', '--import-format', [CompletionResultType]::ParameterName, 'lines, csv or json (default: as USERS is named)')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the passwords of --generate to a new file')
            [CompletionResult]::new('--ignore', '--ignore', [CompletionResultType]::ParameterName, 'With --check: report no finding of KIND[,...]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of -n and --list; see Formats')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'auto (default), always or never')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Manifest of the Secret (- is stdin and stdout)')
            [CompletionResult]::new('--secret-key', '--secret-key', [CompletionResultType]::ParameterName, 'Key (default: htpasswd, auth or the only key)')
            [CompletionResult]::new('--secret-name', '--secret-name', [CompletionResultType]::ParameterName, 'Name, if the manifest has several Secrets')
            [CompletionResult]::new('--secret-type', '--secret-type', [CompletionResultType]::ParameterName, 'Type of a new Secret (default: Opaque)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of a new Secret')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Create FILE with this user only (replaces FILE)')
            [CompletionResult]::new('--create', '--create', [CompletionResultType]::ParameterName, 'Create FILE with this user only (replaces FILE)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Print the record instead of writing FILE')
            [CompletionResult]::new('--stdout', '--stdout', [CompletionResultType]::ParameterName, 'Print the record instead of writing FILE')
            [CompletionResult]::new('-D', '-D ', [CompletionResultType]::ParameterName, 'Delete USER')
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete USER')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verify the password (exit 0: right, 3: wrong)')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Verify the password (exit 0: right, 3: wrong)')
            [CompletionResult]::new('--ensure', '--ensure', [CompletionResultType]::ParameterName, 'Add or update USER only if necessary (-D: delete)')
            [CompletionResult]::new('--disable', '--disable', [CompletionResultType]::ParameterName, 'Disable USER: no password matches until --enable')
            [CompletionResult]::new('--enable', '--enable', [CompletionResultType]::ParameterName, 'Enable USER again, with the same password')
            [CompletionResult]::new('--import', '--import', [CompletionResultType]::ParameterName, 'Add or update all users of the list USERS')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Report problems in FILE..., or those of USER in FILE')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List users, schemes, costs and problems')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Use the last operand (other users can see it)')
            [CompletionResult]::new('--batch', '--batch', [CompletionResultType]::ParameterName, 'Use the last operand (other users can see it)')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Read standard input, without its last newline')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input, without its last newline')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Generate and print one (default: 26 characters)')
            [CompletionResult]::new('-B', '-B ', [CompletionResultType]::ParameterName, 'bcrypt, which Docker registries require')
            [CompletionResult]::new('--bcrypt', '--bcrypt', [CompletionResultType]::ParameterName, 'bcrypt, which Docker registries require')
            [CompletionResult]::new('-5', '-5', [CompletionResultType]::ParameterName, 'SHA-512-crypt')
            [CompletionResult]::new('--sha512', '--sha512', [CompletionResultType]::ParameterName, 'SHA-512-crypt')
            [CompletionResult]::new('-2', '-2', [CompletionResultType]::ParameterName, 'SHA-256-crypt')
            [CompletionResult]::new('--sha256', '--sha256', [CompletionResultType]::ParameterName, 'SHA-256-crypt')
            [CompletionResult]::new('--argon2', '--argon2', [CompletionResultType]::ParameterName, 'argon2id, which Radicale and Caddy can read')
            [CompletionResult]::new('--no-clobber', '--no-clobber', [CompletionResultType]::ParameterName, 'With -c: fail if FILE exists')
            [CompletionResult]::new('--backup', '--backup', [CompletionResultType]::ParameterName, 'Keep the old FILE under its name with SUFFIX (~)')
            [CompletionResult]::new('--no-lock', '--no-lock', [CompletionResultType]::ParameterName, 'Write without a lock (where locks do not work)')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'With --import, --ensure: report, write nothing')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat warnings as errors: write nothing, exit 1')
            [CompletionResult]::new('--no-limits', '--no-limits', [CompletionResultType]::ParameterName, 'Accept hashes of any cost and inputs of any size')
            [CompletionResult]::new('--hashed', '--hashed', [CompletionResultType]::ParameterName, 'USERS contains hashes instead of passwords')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Skip invalid records instead of writing nothing')
            [CompletionResult]::new('--prune', '--prune', [CompletionResultType]::ParameterName, 'Delete users who are not in USERS')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'With --check: first repair newlines, encoding, duplicates')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result, or the error, as a JSON object')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help (-h alone: a shorter one)')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version (also: -V alone)')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Apache''s MD5, the default of plain calls')
            [CompletionResult]::new('--md5', '--md5', [CompletionResultType]::ParameterName, 'Apache''s MD5, the default of plain calls')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'SHA-1 without salt')
            [CompletionResult]::new('--sha1', '--sha1', [CompletionResultType]::ParameterName, 'SHA-1 without salt')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'DES crypt, uses 8 characters of the password')
            [CompletionResult]::new('--crypt', '--crypt', [CompletionResultType]::ParameterName, 'DES crypt, uses 8 characters of the password')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Store the password in plain text')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'Store the password in plain text')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
