// npm run demo: a disc goes in, is mounted, written, ejected, read back; in a guest where one can be had, else in process.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import ora from 'ora'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { engineDemo } from './demo-engine.ts'
import { labDemo } from './demo-lab.ts'
import { storyTo } from './demo-story.ts'
import { LabError, requireHost } from './host.ts'
import { suites } from './recipe.ts'

const argv = await yargs(hideBin(process.argv))
  .scriptName('npm run demo --')
  .usage('$0: a disc goes in, is mounted, written, ejected and read back')
  .option('suite', { choices: suites, default: 'sid' as const, describe: 'Debian suite of the guest' })
  .option('in-process', {
    type: 'boolean',
    default: false,
    describe: 'no virtual machine: engine and drive only',
  })
  .strict()
  .parse()

const spinner = ora({ stream: process.stderr, isEnabled: process.stderr.isTTY })
const say = (line: string): void => {
  if (spinner.isEnabled) spinner.start(line)
  else process.stderr.write(`${line}\n`)
}
const story = storyTo((line) => {
  spinner.stop()
  process.stdout.write(`${line}\n`)
})

/** False when a lab cannot be had here, with the reason told. Anything else that goes wrong is a failure of the demo. */
const inLab = async (): Promise<boolean> => {
  try {
    await requireHost(say)
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    spinner.stop()
    process.stderr.write(`${error.message}\n`)
    return false
  }
  const run = await mkdtemp(path.join(os.tmpdir(), 'pktw-demo-'))
  const results = path.resolve('test/lab/results/demo')
  await mkdir(results, { recursive: true })
  try {
    await labDemo(story, { suite: argv.suite, cold: false, run, results, say, quiet: () => spinner.stop() })
  } finally {
    await rm(run, { recursive: true, force: true })
  }
  return true
}

try {
  if (argv.inProcess || !(await inLab())) {
    story.tell(
      'Without a virtual machine: the same decisions and the same engine, against the drive in this process.',
    )
    await engineDemo(story)
  }
  story.tell('Done.')
} catch (error) {
  spinner.stop()
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
