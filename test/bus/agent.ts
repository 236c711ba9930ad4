// An authentication agent in somebody's session (agent.py): what it is asked, and the right password or none.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, copyFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type Bus, Variant } from '../../src/bus/connection.ts'
import { commandAs, environmentOf, type PrivateBus } from './private-bus.ts'

interface Prompt {
  asked: string
  message: string
  cookie: string
  /** Who may give the password. */
  uids: number[]
}

export interface Agent {
  /** The next prompt. */
  prompt(): Promise<Prompt>
  /** The next prompt that is taken back: its cookie. */
  cancelled(): Promise<string>
  /** The right password of the first who may. */
  answer(prompt: Prompt): Promise<void>
  end(): void
}

/** A queue of what comes, for who waits for it. */
function queue<T>(): { put(value: T): void; next(): Promise<T> } {
  const values: T[] = []
  const waiting: ((value: T) => void)[] = []
  return {
    put: (value) => {
      const first = waiting.shift()
      if (first === undefined) values.push(value)
      else first(value)
    },
    next: () =>
      new Promise((resolve) => {
        const [first] = values.splice(0, 1)
        if (first === undefined) waiting.push(resolve)
        else resolve(first)
      }),
  }
}

/** `root` is a connection as root, who alone may say that a password was right. */
export async function startAgent(bus: PrivateBus, root: Bus, uid: number): Promise<Agent> {
  // The checkout may be root's alone.
  const program = path.join(bus.directory, 'agent.py')
  copyFileSync('test/bus/agent.py', program)
  chmodSync(program, 0o644)
  const argv = commandAs(bus, uid, ['/usr/bin/python3', program, `s${uid}`])
  const child: ChildProcess = spawn(argv[0] ?? '', argv.slice(1), {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environmentOf(bus),
  })
  const prompts = queue<Prompt>()
  const cancelled = queue<string>()
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const said = JSON.parse(line)
      if (said.registered) resolve()
      else if (said.cancelled) cancelled.put(said.cancelled)
      else prompts.put(said)
    })
  })
  return {
    prompt: prompts.next,
    cancelled: cancelled.next,
    answer: async ({ cookie, uids }) => {
      await root.call({
        destination: 'org.freedesktop.PolicyKit1',
        path: '/org/freedesktop/PolicyKit1/Authority',
        interface: 'org.freedesktop.PolicyKit1.Authority',
        member: 'AuthenticationAgentResponse2',
        signature: 'us(sa{sv})',
        body: [uid, cookie, ['unix-user', { uid: new Variant('u', uids[0]) }]],
      })
      child.stdin!.write('\n')
    },
    end: () => child.kill('SIGKILL'),
  }
}
