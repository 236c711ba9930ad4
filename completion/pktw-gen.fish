# Completion of pktw-gen in fish, made by: pktw-gen completion fish
complete -c pktw-gen -f -a '(SHELL=fish pktw-gen --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l destdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l diff -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l check -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l config -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l node -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l systemctl -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l templates -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l prefix -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l bindir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l libexecdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l sysconfdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l datadir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l mandir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l udevdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l unitdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l userunitdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l tmpfilesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l sysusersdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l modulesloaddir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l modprobedir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l polkitactionsdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l polkitrulesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l bashcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l zshcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l fishcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l autostartdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check' -l metainfodir -r -F
