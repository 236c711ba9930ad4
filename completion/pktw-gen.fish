# Completion of pktw-gen in fish, made by: pktw-gen completion fish
complete -c pktw-gen -f -a '(SHELL=fish pktw-gen --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l destdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l diff -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l check -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l config -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l node -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l systemctl -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l templates -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l prefix -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l bindir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l libexecdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l sysconfdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l datadir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l mandir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l udevdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l unitdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l tmpfilesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l sysusersdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l modulesloaddir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l modprobedir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l polkitactionsdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l polkitrulesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l bashcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l zshcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l fishcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package' -l metainfodir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from package' -l out -r -F
