# Completion of pktw in bash, made by: pktw completion bash
_pktw() {
  COMPREPLY=()
  local word
  while IFS= read -r word; do
    [[ $word == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$word")
  done < <(SHELL=bash pktw --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
}
complete -o default -F _pktw pktw
