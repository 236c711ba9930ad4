// The session's bus behind what is needed of it. dbus-next says nothing when the bus goes away, so every call has its limit.
import type { EventEmitter } from 'node:events'
import { DBusError, Message, type MessageBus, MessageType, sessionBus } from 'dbus-next'

/** ms; programs on a desktop answer in a few. */
const patience = 10_000

export class BusError extends Error {
  /** `org.freedesktop.DBus.Error.ServiceUnknown`; `pktw.Timeout` where nobody answered. */
  readonly kind: string
  constructor(kind: string, message: string) {
    super(message)
    this.kind = kind
  }
}

export interface Target {
  destination: string
  path: string
  interface: string
}

export interface Bus {
  /** Calls a method; gives what it returns. Rejects with BusError. */
  call(target: Target, member: string, signature?: string, body?: unknown[]): Promise<unknown[]>
  /** Somebody owns the name. Rejects with BusError when the bus itself does not answer. */
  hasOwner(name: string): Promise<boolean>
  /** Calls `heard` with the body of each such signal. Rejects with BusError. */
  listen(interfaceName: string, member: string, heard: (body: unknown[]) => void): Promise<void>
  close(): void
}

const daemon: Target = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}

const asBusError = (error: unknown): BusError =>
  error instanceof DBusError
    ? new BusError(error.type, error.text ?? error.type)
    : new BusError('pktw.Failed', error instanceof Error ? error.message : String(error))

const within = <T>(ms: number, what: string, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new BusError('pktw.Timeout', `no answer to ${what} within ${ms / 1000} s`)),
      ms,
    )
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Connects to the user's bus. Rejects with BusError when there is none. */
export async function connectSession(address?: string): Promise<Bus> {
  const bus: MessageBus = sessionBus(address === undefined ? {} : { busAddress: address })
  const failed = new Promise<never>((_resolve, reject) => {
    // Its types leave this event out.
    const emitter = bus as unknown as EventEmitter
    emitter.on('error', (error: unknown) => reject(asBusError(error)))
  })
  // Also once nobody waits for it any more.
  failed.catch(() => undefined)
  const connected = new Promise<void>((resolve) => bus.on('connect', () => resolve()))
  await within(patience, 'Hello', Promise.race([connected, failed]))

  const call: Bus['call'] = async (target, member, signature = '', body = []) => {
    const message = new Message({ ...target, member, signature, body })
    try {
      const reply = await within(
        patience,
        `${target.interface}.${member}`,
        Promise.race([bus.call(message), failed]),
      )
      return reply?.body ?? []
    } catch (error) {
      throw error instanceof BusError ? error : asBusError(error)
    }
  }
  return {
    call,
    hasOwner: async (name) => (await call(daemon, 'NameHasOwner', 's', [name]))[0] === true,
    listen: async (interfaceName, member, heard) => {
      await call(daemon, 'AddMatch', 's', [`type='signal',interface='${interfaceName}',member='${member}'`])
      bus.on('message', (message: Message) => {
        if (
          message.type === MessageType.SIGNAL &&
          message.interface === interfaceName &&
          message.member === member
        )
          heard(message.body)
      })
    },
    close: () => bus.disconnect(),
  }
}
