// What is offered in a shell: the scripts, and the program's answer to them.
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { completeWords } from '../../src/cli/completion.ts'
import { run } from '../../src/system/run.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needTools } from '../tools.ts'

const program = path.join(inject('programs'), 'pktw.mjs')

/** A directory with a `pktw` for a shell to call. */
const withPktw = (): string =>
  temporaryRoot({ '/pktw.sh': `pktw() { '${process.execPath}' '${program}' "$@"; }\n` })

test('in bash: verbs, options, choices', async (context) => {
  needTools(context, 'bash')
  const script = `
    . '${withPktw()}/pktw.sh'
    eval "$(pktw completion bash)"
    after() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pktw; echo "\${COMPREPLY[@]}"; }
    after pktw u; after pktw stats --js; after pktw install --mount f`
  // A login shell of another kind must not change the form of the answer.
  const { stdout, stderr } = await run('bash', ['-c', script], { env: { SHELL: '/bin/zsh' } })
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual(['uninstall unmap umount', '--json', 'fstab'])
})

test.each([
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
])('%s takes the script', async (shell, argv) => {
  const { stdout } = await run(process.execPath, [program, 'completion', shell])
  expect(stdout).toContain(`SHELL=${shell} pktw --get-yargs-completions`)
  const checked = await run(shell, [...argv, path.join(temporaryRoot({ '/script': stdout }), 'script')])
  // Where the shell is not there, that the script is given is all that can be seen.
  expect([0, 127]).toContain(checked.code)
})

test('without a name it is the script for the shell that is used', async () => {
  const script = async (SHELL: string) =>
    (await run(process.execPath, [program, 'completion'], { env: { SHELL } })).stdout.split('\n')[0]
  expect(await script('/usr/bin/fish')).toContain('in fish')
  expect(await script('/bin/dash')).toContain('in bash')
})

test.each([
  [['pktw', 'mount', ''], '', true],
  [['pktw', 'stats', 's'], 's', true],
  [['pktw', 'status'], '', true],
  [['pktw', 'mount', 'sr0', ''], '', false],
  [['pktw', 'mount'], '--', false],
  [['pktw', 'install', ''], '', false],
  [['pktw', ''], '', false],
])('drives after %j: %s%s', (typed, current, wanted) => {
  let offered: string[] = []
  completeWords(
    current,
    { _: typed },
    (done) => done(null, ['--help']),
    (words) => {
      offered = words
    },
    () => ['sr0', 'sr1'],
  )
  expect(offered).toEqual(wanted ? ['sr0', 'sr1', '--help'] : ['--help'])
})
