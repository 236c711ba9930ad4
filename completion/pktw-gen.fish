# Completion of pktw-gen in fish, made by: pktw-gen completion fish
complete -c pktw-gen -f -a '(SHELL=fish pktw-gen --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l destdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l diff -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l check -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l config -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l node -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l systemctl -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l templates -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l prefix -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l bindir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l libexecdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l sysconfdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l datadir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l mandir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l udevdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l unitdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l tmpfilesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l sysusersdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l modulesloaddir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l modprobedir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l polkitactionsdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l polkitrulesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l bashcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l zshcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l fishcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show check' -l metainfodir -r -F
