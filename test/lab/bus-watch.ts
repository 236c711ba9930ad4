// What is said to and by org.pktw.Pktw1, from a point in time on.
import type { Context } from './scenario.ts'

export interface Said {
  type: 'method_call' | 'method_return' | 'error' | 'signal'
  path?: string
  member?: string
  error_name?: string
  payload?: { data: unknown[] }
}

const unit = 'lab-bus-watch.service'
const file = '/root/bus-watch.jsonl'

/** Begins to listen. Gives what was said up to now, as often as it is asked. */
export async function watchBus(ctx: Context): Promise<() => Promise<Said[]>> {
  await ctx.guest.exec(['systemctl', 'stop', unit])
  await ctx.must([
    ...['systemd-run', `--unit=${unit}`, '--collect', '-p', `StandardOutput=truncate:${file}`],
    ...['busctl', '--json=short', 'monitor', 'org.pktw.Pktw1'],
  ])
  const ping = ['org.pktw.Pktw1', '/org/pktw/Pktw1', 'org.freedesktop.DBus.Peer', 'Ping']
  await ctx.waitFor(
    'the bus is listened to',
    async () => {
      await ctx.must(['busctl', '--timeout=120', 'call', ...ping], { timeoutMs: 180_000 })
      return (await ctx.guest.exec(['test', '-s', file])).code === 0
    },
    60_000,
  )
  return async () => {
    const { stdout } = await ctx.must(['cat', file])
    // The last line may be half there.
    return stdout
      .slice(0, stdout.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Said)
  }
}

const variantOf = (value: unknown): unknown => (value as { data?: unknown } | undefined)?.data

/** The values that a property of an object was told to have, one after the other. */
export const valuesOf = (said: readonly Said[], path: string, property: string): unknown[] =>
  said.flatMap(({ type, path: at, member, payload }) => {
    if (type !== 'signal' || at !== path || member !== 'PropertiesChanged') return []
    const changed = payload?.data[1] as Record<string, unknown>
    return property in changed ? [variantOf(changed[property])] : []
  })

/** Arguments of the signals of that name. */
export const signalsOf = (said: readonly Said[], member: string): unknown[][] =>
  said.flatMap((one) => (one.type === 'signal' && one.member === member ? [one.payload?.data ?? []] : []))

/** Names of our own errors. */
export const errorsOf = (said: readonly Said[]): string[] =>
  said.flatMap(({ error_name: name }) => (name?.startsWith('org.pktw.') ? [name] : []))

/** What polkit was asked: the action, and the details for its prompt. */
export const questionsOf = (said: readonly Said[]): { action: string; details: Record<string, string> }[] =>
  said.flatMap(({ type, member, payload }) =>
    type === 'method_call' && member === 'CheckAuthorization'
      ? [{ action: String(payload?.data[1]), details: payload?.data[2] as Record<string, string> }]
      : [],
  )
