# Completion of pktw-gen in bash, made by: pktw-gen completion bash
_pktw_gen() {
  COMPREPLY=()
  local word
  while IFS= read -r word; do
    [[ $word == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$word")
  done < <(SHELL=bash pktw-gen --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
}
complete -o default -F _pktw_gen pktw-gen
