# Completion of pktw-gen in fish, made by: pktw-gen completion fish
complete -c pktw-gen -f -a '(SHELL=fish pktw-gen --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l destdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l diff -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree' -l check -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l config -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l node -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l systemctl -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l templates -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l prefix -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l bindir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l libexecdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l sysconfdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l datadir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l mandir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l udevdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l unitdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l userunitdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l tmpfilesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l sysusersdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l modulesloaddir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l modprobedir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l polkitactionsdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l polkitrulesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l dbuspolicydir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l dbusservicesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l dbusinterfacesdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l bashcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l zshcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l fishcompletiondir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l autostartdir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from tree manifest list show explain check package ansible' -l metainfodir -r -F
complete -c pktw-gen -n '__fish_seen_subcommand_from package ansible' -l out -r -F
