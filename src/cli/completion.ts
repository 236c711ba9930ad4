// Completion in bash, zsh and fish. The scripts ask the program itself (yargs' --get-yargs-completions), so that they know
// what it knows: verbs, options and the drives that are there.
import { readdirSync } from 'node:fs'
import { type Shell, shells } from '../artifacts/commands/pktw.ts'
import { isDriveName } from '../system/drive-nodes.ts'

// SHELL is set because yargs answers in the form for that shell, and the login shell may be another one.
const scripts: Record<Shell, string> = {
  bash: `# Completion of pktw in bash, made by: pktw completion bash
_pktw() {
  COMPREPLY=()
  local word
  while IFS= read -r word; do
    [[ $word == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$word")
  done < <(SHELL=bash pktw --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
}
complete -o default -F _pktw pktw`,
  zsh: `#compdef pktw
# Completion of pktw in zsh, made by: pktw completion zsh
_pktw() {
  local -a found
  found=("\${(@f)$(SHELL=zsh pktw --get-yargs-completions "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then
    _describe pktw found
  else
    _default
  fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
  _pktw "$@"
else
  compdef _pktw pktw
fi`,
  fish: `# Completion of pktw in fish, made by: pktw completion fish
complete -c pktw -f -a '(SHELL=fish pktw --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
for option in config root node where
  complete -c pktw -n 'string match -q "*install*" (commandline -p)' -l $option -r -F
end`,
}

export const completionScript = (shell: Shell): string => scripts[shell]

/** The caller's, or bash. */
export const loginShell = (): Shell =>
  shells.find((shell) => process.env.SHELL?.endsWith(`/${shell}`)) ?? 'bash'

/** Verbs with a drive as their argument. */
const withDrive = ['map', 'unmap', 'toggle', 'mount', 'umount', 'eject', 'status', 'stats']

function driveNames(): string[] {
  try {
    return readdirSync('/sys/class/block').filter(isDriveName)
  } catch {
    return []
  }
}

/**
 * What may come next; called by yargs, whose own answer (`usual`) knows verbs and options. Synchronous: yargs would go on
 * to complain of its own option.
 */
export function completeWords(
  current: string,
  argv: { _: (string | number)[] },
  usual: (done: (error: Error | null, words?: string[]) => void) => void,
  done: (words: string[]) => void,
  drives: () => string[] = driveNames,
): void {
  usual((error, words = []) => {
    const known = error === null ? words : []
    // The program's name, the verb, and what is being typed.
    const [, verb = '', ...after] = argv._.map(String)
    const wanted = withDrive.includes(verb) && after.length <= 1 && !current.startsWith('-')
    done(wanted ? [...drives(), ...known] : known)
  })
}
