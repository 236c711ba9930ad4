// A connection to a bus: the one place that knows dbus-next.
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { DBusError, Message, type MessageBus, MessageType, sessionBus, Variant } from 'dbus-next'
import { bodyRefused, guard } from './guard.ts'

export { Variant }

/** An error that came back from the bus, or that is to go there. */
export class BusError extends Error {
  override name = 'BusError'
  /** `org.freedesktop.DBus.Error.ServiceUnknown` */
  readonly error: string
  constructor(error: string, text: string) {
    super(text)
    this.error = error
  }
}

export interface Call {
  destination: string
  path: string
  interface: string
  member: string
  signature?: string
  body?: unknown[]
  /** The user may be asked for a password. */
  interactive?: boolean
  /** ms; for as long as it takes unless given. */
  timeoutMs?: number
}

/** A method call to us. Exactly one of the last two is to be called. */
export interface Incoming {
  sender: string
  path: string
  /** Empty where the caller left it out. */
  interface: string
  member: string
  signature: string
  body: unknown[]
  /** The caller allows that the user is asked for a password. */
  interactive: boolean
  /** Somebody waits for an answer. */
  answered: boolean
  /** It was too long, or cannot be read: there is no body. */
  unreadable: boolean
  reply(signature: string, body: unknown[]): void
  fail(error: string, text: string): void
}

interface Received {
  sender: string
  path: string
  interface: string
  member: string
  body: unknown[]
}

export interface Bus {
  /** Our unique name. */
  readonly name: string
  /** Rejects with BusError. */
  call(call: Call): Promise<unknown[]>
  /** Handles signals that match, a match rule of the D-Bus specification without the type. Gives what ends it. */
  onSignal(rule: string, wanted: Partial<Received>, handle: (signal: Received) => void): Promise<() => void>
  /** All method calls go there. */
  serve(handle: (call: Incoming) => void): void
  emit(path: string, interfaceName: string, member: string, signature: string, body: unknown[]): void
  /** Takes a well-known name. Rejects with BusError when somebody else has it. */
  own(name: string): Promise<void>
  /** When the connection ends, whoever ended it. */
  readonly closed: Promise<void>
  close(): void
}

const driver = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const

/** A call to the bus itself. */
export const askDriver = (bus: Bus, member: string, signature: string, body: unknown[]): Promise<unknown[]> =>
  bus.call({ ...driver, member, signature, body, timeoutMs: 20_000 })

const noReplyExpected = 1
const interactiveFlag = 4

/** Of dbus-next what it does not show. */
interface Inside {
  once(event: 'connect', listener: () => void): void
  stream: Duplex
}

/** Its types leave out the event `error`. */
const eventsOf = (bus: MessageBus): EventEmitter => bus as unknown as EventEmitter

const failureOf = (error: unknown): BusError =>
  error instanceof DBusError
    ? new BusError(error.type, error.text)
    : new BusError(
        'org.freedesktop.DBus.Error.Failed',
        error instanceof Error ? error.message : String(error),
      )

const receivedOf = (message: Message): Received => ({
  sender: message.sender ?? '',
  path: message.path ?? '',
  interface: message.interface ?? '',
  member: message.member ?? '',
  body: message.body,
})

function incomingOf(message: Message, send: (message: Message) => void): Incoming {
  const answers = (message.flags & noReplyExpected) === 0
  return {
    ...receivedOf(message),
    signature: message.signature ?? '',
    interactive: (message.flags & interactiveFlag) !== 0,
    answered: answers,
    unreadable: (message.flags & bodyRefused) !== 0,
    reply: (signature, body) => {
      if (answers) send(Message.newMethodReturn(message, signature, body))
    },
    fail: (error, text) => {
      // A NUL would be refused by the bus, and the connection with it.
      if (answers) send(Message.newError(message, error, text.replaceAll('\0', '?')))
    },
  }
}

const gone = (): BusError =>
  new BusError('org.freedesktop.DBus.Error.Disconnected', 'the connection to the bus is closed')

function wrapped(bus: MessageBus, stream: Duplex): Bus {
  /** Rejects what waits for an answer. */
  const waiting = new Set<(error: BusError) => void>()
  const closed = new Promise<void>((resolve) =>
    stream.once('close', () => {
      for (const reject of waiting) reject(gone())
      resolve()
    }),
  )
  // A message that cannot be made sense of is dropped; the end of the connection is told by the stream.
  eventsOf(bus).on('error', () => {})
  stream.on('error', () => {})
  const send = (message: Message): void => {
    if (stream.writable) bus.send(message)
  }
  const call = ({ interactive, timeoutMs, ...fields }: Call): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      const refuse = (error: unknown): void => {
        clearTimeout(timer)
        waiting.delete(refuse)
        reject(error instanceof BusError ? error : failureOf(error))
      }
      const late = () =>
        refuse(new BusError('org.freedesktop.DBus.Error.NoReply', 'there was no answer in time'))
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
      waiting.add(refuse)
      // Inside a promise: what cannot be put into a message throws.
      const sent = (async () => {
        if (!stream.writable) throw gone()
        return bus.call(new Message({ ...fields, flags: interactive ? interactiveFlag : 0 }))
      })()
      sent.then((answer) => {
        clearTimeout(timer)
        waiting.delete(refuse)
        resolve(answer?.body ?? [])
      }, refuse)
    })
  const own = async (name: string): Promise<void> => {
    const doNotQueue = 4
    const [answer] = await call({
      ...driver,
      member: 'RequestName',
      signature: 'su',
      body: [name, doNotQueue],
    })
    if (answer !== 1)
      throw new BusError('org.freedesktop.DBus.Error.AddressInUse', `somebody else is ${name} already`)
  }
  const handlers = new Set<(message: Message) => void>()
  bus.on('message', (message: Message) => {
    if (message.type === MessageType.SIGNAL) for (const handle of handlers) handle(message)
  })
  let serve: Parameters<Bus['serve']>[0] = ({ fail, member }) =>
    fail('org.freedesktop.DBus.Error.UnknownMethod', `there is no method ${member} here`)
  bus.addMethodHandler((message) => {
    serve(incomingOf(message, send))
    // Never dbus-next's own answers: they would have stacks in them.
    return true
  })
  const matched: Bus['onSignal'] = async (rule, wanted, handle) => {
    const match = `type='signal',${rule}`
    const handler = (message: Message): void => {
      const signal = receivedOf(message)
      const fits = Object.entries(wanted).every(([key, value]) => signal[key as keyof Received] === value)
      if (fits && (message.flags & bodyRefused) === 0) handle(signal)
    }
    handlers.add(handler)
    await call({ ...driver, member: 'AddMatch', signature: 's', body: [match] })
    return () => {
      handlers.delete(handler)
      if (stream.writable)
        call({ ...driver, member: 'RemoveMatch', signature: 's', body: [match] }).catch(() => {})
    }
  }
  return {
    name: bus.name ?? '',
    closed,
    call,
    own,
    onSignal: matched,
    serve: (handle) => {
      serve = handle
    },
    emit: (path, interfaceName, member, signature, body) =>
      send(Message.newSignal(path, interfaceName, member, signature, body)),
    close: () => bus.disconnect(),
  }
}

/**
 * Connects to the bus at `address`; to the system bus unless told.
 * @throws BusError when there is none, or it will not have us.
 */
export function connect(address?: string): Promise<Bus> {
  const busAddress = address ?? process.env.DBUS_SYSTEM_BUS_ADDRESS ?? 'unix:path=/run/dbus/system_bus_socket'
  return new Promise((resolve, reject) => {
    const options = { busAddress, authMethods: ['EXTERNAL'] }
    const bus = sessionBus(options)
    const inside = (bus as unknown as { _connection: Inside })._connection
    inside.once('connect', () => guard(inside.stream))
    const refused = (error: unknown): void => reject(failureOf(error))
    eventsOf(bus).once('error', refused)
    bus.once('connect', () => {
      eventsOf(bus).off('error', refused)
      resolve(wrapped(bus, inside.stream))
    })
  })
}
