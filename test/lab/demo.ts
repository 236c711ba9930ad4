// npm run demo: a disc goes in, is mounted, written, ejected, read back; in a guest where one can be had, else in process.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import ora from 'ora'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { engineDemo } from './demo-engine.ts'
import { openGuest } from './demo-lab.ts'
import { storyTo } from './demo-story.ts'
import { type Place, playSomewhere } from './demo-where.ts'
import { requireHost } from './host.ts'
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

const guest = async (): Promise<Place> => {
  await requireHost(say)
  const run = await mkdtemp(path.join(os.tmpdir(), 'pktw-demo-'))
  const remove = () => rm(run, { recursive: true, force: true })
  try {
    const results = path.resolve('test/lab/results/demo')
    await mkdir(results, { recursive: true })
    const place = await openGuest({ suite: argv.suite, cold: false, run, results, say })
    spinner.stop()
    return { ...place, close: () => place.close().finally(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

try {
  await playSomewhere(story, {
    guest: argv.inProcess ? undefined : guest,
    inProcess: engineDemo,
    complain: (why) => {
      spinner.stop()
      process.stderr.write(`No virtual machine can be had here. ${why}\n`)
    },
  })
  story.tell('Done.')
} catch (error) {
  spinner.stop()
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
