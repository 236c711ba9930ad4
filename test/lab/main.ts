// npm run lab: scenarios against the built product in a virtual machine, or a machine to work in by hand.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import ora from 'ora'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { LabError, requireHost } from './host.ts'
import { keepRunning } from './keep.ts'
import { suites } from './recipe.ts'
import { type Options, runSuite } from './run.ts'
import { loadScenarios, selectScenarios } from './scenarios.ts'
import { shell } from './shell.ts'

const argv = await yargs(hideBin(process.argv))
  .scriptName('npm run lab --')
  .usage('$0 [scenario…]')
  .option('suite', { choices: suites, default: 'sid' as const, describe: 'Debian suite of the guest' })
  .option('media', { type: 'string', array: true, describe: 'only these media, e.g. cd-rw,dvd+rw' })
  .option('smoke', { type: 'boolean', default: false, describe: 'only what is marked as the smoke test' })
  .option('list', { type: 'boolean', default: false, describe: 'list the scenarios and end' })
  .option('shell', {
    type: 'boolean',
    default: false,
    describe: 'a root shell in the guest (leave it with Ctrl-])',
  })
  .option('keep', { type: 'boolean', default: false, describe: 'boot, and keep running until Ctrl-C' })
  .option('control', {
    type: 'string',
    describe: 'with --keep: socket for lab-ctl',
    default: '/tmp/lab.sock',
  })
  .option('desktop', {
    type: 'boolean',
    default: false,
    describe: 'with --shell or --keep: the image with a desktop',
  })
  .option('cold', {
    type: 'boolean',
    default: false,
    describe: 'boot from the kernel up, not from the kept state',
  })
  .option('json', { type: 'boolean', default: false, describe: 'one JSON object a scenario' })
  .strictOptions()
  .fail((message, error) => {
    process.stderr.write(`lab: ${error?.message ?? message}\n`)
    process.exit(2)
  })
  .parse()

const spinner = ora({ stream: process.stderr, isEnabled: process.stderr.isTTY && !argv.json })
const say = (line: string): void => {
  if (spinner.isEnabled) spinner.start(line)
  else process.stderr.write(`${line}\n`)
}

const main = async (): Promise<number> => {
  const scenarios = await loadScenarios()
  const chosen = selectScenarios(scenarios, {
    names: argv._.map(String),
    suite: argv.suite,
    media: (argv.media ?? []).flatMap((m) => m.split(',')),
    smoke: argv.smoke,
  })
  if (argv.list) {
    for (const s of chosen) process.stdout.write(`${s.id.padEnd(28)} ${s.describe}\n`)
    return 0
  }
  await requireHost(say)
  const run = await mkdtemp(path.join(os.tmpdir(), 'pktw-lab-run-'))
  const results = path.resolve('test/lab/results', argv.suite)
  await mkdir(results, { recursive: true })
  const options: Options = {
    suite: argv.suite,
    desktop: argv.desktop,
    cold: argv.cold,
    json: argv.json,
    run,
    results,
    say,
    quiet: () => spinner.stop(),
  }
  try {
    if (argv.shell) return await shell(options)
    if (argv.keep) return await keepRunning(options, argv.control)
    return await runSuite(chosen, options)
  } finally {
    spinner.stop()
    await rm(run, { recursive: true, force: true })
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  spinner.stop()
  const text =
    error instanceof LabError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`lab: ${text}\n`)
  process.exitCode = 2
}
