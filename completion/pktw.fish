# Completion of pktw in fish, made by: pktw completion fish
complete -c pktw -f -a '(SHELL=fish pktw --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
complete -c pktw -n '__fish_seen_subcommand_from install uninstall status' -l root -r -F
complete -c pktw -n '__fish_seen_subcommand_from install' -l where -r -F
complete -c pktw -n '__fish_seen_subcommand_from install config config config config config' -l config -r -F
complete -c pktw -n '__fish_seen_subcommand_from install' -l node -r -F
