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
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Set the bcrypt cost, 4 to 17 (use 10 or more)')
            [CompletionResult]::new('--cost', '--cost', [CompletionResultType]::ParameterName, 'Set the bcrypt cost, 4 to 17 (use 10 or more)')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Set the rounds of -5 and -2 (default 5000)')
            [CompletionResult]::new('--rounds', '--rounds', [CompletionResultType]::ParameterName, 'Set the rounds of -5 and -2 (default 5000)')
            [CompletionResult]::new('--argon2-params', '--argon2-params', [CompletionResultType]::ParameterName, 'Set the cost of --argon2 (default m=19456,t=2,p=1)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'Set the permissions of a new FILE')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Set the group of a new FILE (and mode 640)')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'Wait for other writers (default 10)')
            [CompletionResult]::new('--import-format', '--import-format', [CompletionResultType]::ParameterName, 'Read lines, csv or json (default: by file name)')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the passwords of --generate to a new file')
            [CompletionResult]::new('--ignore', '--ignore', [CompletionResultType]::ParameterName, 'With --check: hide the findings of KIND[,...]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the format of -n and --list; see Formats')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto (default), always or never')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Edit the Secret in a file (-: stdin, stdout)')
            [CompletionResult]::new('--secret-key', '--secret-key', [CompletionResultType]::ParameterName, 'Use this key (default: htpasswd, auth, ...)')
            [CompletionResult]::new('--secret-name', '--secret-name', [CompletionResultType]::ParameterName, 'Choose the Secret, if MANIFEST has several')
            [CompletionResult]::new('--secret-type', '--secret-type', [CompletionResultType]::ParameterName, 'Set the type of a new Secret (Opaque)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Set the namespace of a new Secret')
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
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Use the operand PASSWORD (other users can see it)')
            [CompletionResult]::new('--batch', '--batch', [CompletionResultType]::ParameterName, 'Use the operand PASSWORD (other users can see it)')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Read standard input, without its last newline')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input, without its last newline')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Generate and print a password (26 characters)')
            [CompletionResult]::new('-B', '-B ', [CompletionResultType]::ParameterName, 'Use bcrypt, which Docker registries require')
            [CompletionResult]::new('--bcrypt', '--bcrypt', [CompletionResultType]::ParameterName, 'Use bcrypt, which Docker registries require')
            [CompletionResult]::new('-5', '-5', [CompletionResultType]::ParameterName, 'Use SHA-512-crypt')
            [CompletionResult]::new('--sha512', '--sha512', [CompletionResultType]::ParameterName, 'Use SHA-512-crypt')
            [CompletionResult]::new('-2', '-2', [CompletionResultType]::ParameterName, 'Use SHA-256-crypt')
            [CompletionResult]::new('--sha256', '--sha256', [CompletionResultType]::ParameterName, 'Use SHA-256-crypt')
            [CompletionResult]::new('--argon2', '--argon2', [CompletionResultType]::ParameterName, 'Use argon2id, which Radicale and Caddy can read')
            [CompletionResult]::new('--no-clobber', '--no-clobber', [CompletionResultType]::ParameterName, 'With -c: fail if FILE exists')
            [CompletionResult]::new('--backup', '--backup', [CompletionResultType]::ParameterName, 'Keep the old FILE as FILE~, or with this SUFFIX')
            [CompletionResult]::new('--no-lock', '--no-lock', [CompletionResultType]::ParameterName, 'Write without a lock (where locks do not work)')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'With --import, --ensure: report, write nothing')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat warnings as errors: write nothing, exit 1')
            [CompletionResult]::new('--no-limits', '--no-limits', [CompletionResultType]::ParameterName, 'Accept hashes of any cost and inputs of any size')
            [CompletionResult]::new('--hashed', '--hashed', [CompletionResultType]::ParameterName, 'Read hashes instead of passwords from USERS')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Skip invalid records instead of writing nothing')
            [CompletionResult]::new('--prune', '--prune', [CompletionResultType]::ParameterName, 'Delete users who are not in USERS')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'With --check: first repair newlines, encoding, duplicates')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result, or the error, as a JSON object')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help (-h alone: a shorter one)')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version (also: -V alone)')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Use Apache''s MD5, the default of plain calls')
            [CompletionResult]::new('--md5', '--md5', [CompletionResultType]::ParameterName, 'Use Apache''s MD5, the default of plain calls')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Use SHA-1 without salt')
            [CompletionResult]::new('--sha1', '--sha1', [CompletionResultType]::ParameterName, 'Use SHA-1 without salt')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Use DES crypt, which reads 8 characters only')
            [CompletionResult]::new('--crypt', '--crypt', [CompletionResultType]::ParameterName, 'Use DES crypt, which reads 8 characters only')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Store the password in plain text')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'Store the password in plain text')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
