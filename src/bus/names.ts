// Who is on the bus: the users behind callers, and the moment when one leaves.
import { askDriver, type Bus, type Variant } from './connection.ts'

const driver = 'org.freedesktop.DBus'

/** Who a unique name belongs to, as the bus knows it from the socket. */
export interface Caller {
  uid: number
  pid: number | undefined
}

const numberIn = (credentials: Record<string, Variant>, key: string): number | undefined => {
  const value: unknown = credentials[key]?.value
  return typeof value === 'number' ? value : undefined
}

/** Undefined when the caller is gone, or the bus does not know. Rejects with BusError when the bus cannot be asked. */
export async function callerOf(bus: Bus, name: string): Promise<Caller | undefined> {
  const asked = askDriver(bus, 'GetConnectionCredentials', 's', [name])
  const [credentials] = (await asked.catch(() => [])) as [Record<string, Variant>?]
  if (credentials === undefined) return undefined
  const uid = numberIn(credentials, 'UnixUserID')
  return uid === undefined ? undefined : { uid, pid: numberIn(credentials, 'ProcessID') }
}

/** Tells who leaves the bus. */
export class Leaving {
  readonly #bus: Bus
  readonly #waiting = new Map<string, Set<() => void>>()

  private constructor(bus: Bus) {
    this.#bus = bus
  }

  /** One match for everybody: the bus allows a connection only so many. */
  static async watch(bus: Bus): Promise<Leaving> {
    const leaving = new Leaving(bus)
    const rule = `sender='${driver}',interface='${driver}',member='NameOwnerChanged',arg2=''`
    // The bus says who sent a signal, so nobody can speak for it.
    await bus.onSignal(rule, { sender: driver, member: 'NameOwnerChanged' }, ({ body }) => {
      if (body[2] === '') leaving.#left(String(body[0]))
    })
    return leaving
  }

  #left(name: string): void {
    const waiting = this.#waiting.get(name)
    this.#waiting.delete(name)
    for (const tell of waiting ?? []) tell()
  }

  /** Calls `tell` once when the name is gone, which may be at once. Gives what ends that. */
  once(name: string, tell: () => void): () => void {
    const waiting = this.#waiting.get(name) ?? new Set()
    waiting.add(tell)
    this.#waiting.set(name, waiting)
    // It may have left before we began to wait.
    askDriver(this.#bus, 'NameHasOwner', 's', [name]).then(
      ([there]) => {
        if (there === false) this.#left(name)
      },
      () => {},
    )
    return () => {
      waiting.delete(tell)
      if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name)
    }
  }
}

/** The unique name that has a well-known one, now and later: signals are believed from there only. */
export async function ownerOf(bus: Bus, name: string): Promise<() => string | undefined> {
  let owner: string | undefined
  const rule = `sender='${driver}',interface='${driver}',member='NameOwnerChanged',arg0='${name}'`
  await bus.onSignal(rule, { sender: driver, member: 'NameOwnerChanged' }, ({ body }) => {
    if (body[0] === name) owner = String(body[2]) || undefined
  })
  const [found] = await askDriver(bus, 'GetNameOwner', 's', [name]).catch(() => [undefined])
  owner ??= typeof found === 'string' ? found : undefined
  return () => owner
}
