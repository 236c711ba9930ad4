// The other end of `npm run lab -- --keep --control SOCKET`: one order from the command line, the answer printed.
import { createConnection } from 'node:net'
import path from 'node:path'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import type { Order, Reply } from './control.ts'
import { lineReader } from './protocol.ts'

const ask = (socketPath: string, order: Order): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(socketPath, () => socket.write(`${JSON.stringify(order)}\n`))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the lab hung up')))
    socket.on(
      'data',
      lineReader<Reply>((reply) => {
        resolve(reply)
        socket.destroy()
      }),
    )
  })

/** Prints what a program in the guest printed; its exit status becomes ours. */
const show = (reply: Reply): void => {
  if (!reply.ok) {
    process.stderr.write(`lab-ctl: ${reply.error}\n`)
    process.exitCode = 2
    return
  }
  const { ok: _, stdout, stderr, code, timedOut, ...rest } = reply
  if (typeof stdout === 'string') process.stdout.write(stdout)
  if (typeof stderr === 'string') process.stderr.write(stderr)
  if (timedOut) process.stderr.write('lab-ctl: timed out, killed\n')
  if (typeof code === 'number') process.exitCode = code
  else if (Object.keys(rest).length > 0) process.stdout.write(`${JSON.stringify(rest)}\n`)
}

/** `a=1 b=x` → { a: 1, b: 'x' }; values are JSON where they can be. */
const optionsOf = (words: string[]): Record<string, unknown> =>
  Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 0) return [word, true]
      const text = word.slice(at + 1)
      try {
        return [word.slice(0, at), JSON.parse(text) as unknown]
      } catch {
        return [word.slice(0, at), text]
      }
    }),
  )

const send = async (socket: string, order: Order): Promise<void> => show(await ask(socket, order))

await yargs(hideBin(process.argv))
  .scriptName('lab-ctl')
  .parserConfiguration({ 'populate--': true, 'parse-positional-numbers': false })
  .option('socket', {
    type: 'string',
    default: process.env.PKTW_LAB_SOCKET ?? '/tmp/lab.sock',
    global: true,
  })
  .command(
    'exec',
    'run a program in the guest: exec [--user alice] [--timeout 60] -- argv…',
    (y) => y.option('user', { type: 'string' }).option('timeout', { type: 'number', default: 60 }),
    async (a) => {
      const argv = (a['--'] as string[] | undefined) ?? []
      const order: Order = { exec: argv.map(String), timeoutMs: a.timeout * 1000 }
      await send(a.socket, a.user ? { ...order, user: a.user } : order)
    },
  )
  .command(
    'push <from> <to>',
    'copy a file into the guest',
    (y) =>
      y
        .positional('from', { type: 'string', demandOption: true })
        .positional('to', { type: 'string', demandOption: true }),
    (a) => send(a.socket, { push: path.resolve(a.from), to: a.to }),
  )
  .command(
    'pull <from> <to>',
    'copy a file out of the guest',
    (y) =>
      y
        .positional('from', { type: 'string', demandOption: true })
        .positional('to', { type: 'string', demandOption: true }),
    (a) => send(a.socket, { pull: a.from, to: path.resolve(a.to) }),
  )
  .command('product', 'give the guest the dist/ of the checkout, and its package', {}, (a) =>
    send(a.socket as string, { product: true }),
  )
  .command(
    'drive <do> [options..]',
    'insert kind=cd-rw [udf=LABEL state=… profile=…] | remove | press | unplug | plug | status | log',
    (y) =>
      y
        .positional('do', { type: 'string', demandOption: true })
        .positional('options', { type: 'string', array: true, default: [] as string[] }),
    (a) => send(a.socket, { drive: a.do, with: optionsOf(a.options) }),
  )
  .command(
    'power <how>',
    'switch the guest off',
    (y) => y.positional('how', { choices: ['off', 'cut', 'status'] as const, demandOption: true }),
    (a) => send(a.socket, { power: a.how }),
  )
  .demandCommand(1)
  .strict()
  .fail((message, error) => {
    process.stderr.write(`lab-ctl: ${error?.message ?? message}\n`)
    process.exit(2)
  })
  .parseAsync()
