// The session's bus behind what is needed of it.
import { askDriver, BusError, connect } from '../bus/connection.ts'

export { BusError }

/** ms; programs on a desktop answer in a few. */
const patience = 10_000

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

/** Where it is unless the environment says so: systemd's user manager has it there. */
const usualAddress = (): string => `unix:path=${process.env.XDG_RUNTIME_DIR ?? '/nowhere'}/bus`

/** Connects to the user's bus. Rejects with BusError when there is none. */
export async function connectSession(address?: string): Promise<Bus> {
  const bus = await connect(address ?? (process.env.DBUS_SESSION_BUS_ADDRESS || usualAddress()))
  return {
    call: (target, member, signature = '', body = []) =>
      bus.call({ ...target, member, signature, body, timeoutMs: patience }),
    hasOwner: async (name) => (await askDriver(bus, 'NameHasOwner', 's', [name]))[0] === true,
    listen: async (interfaceName, member, heard) => {
      const rule = `interface='${interfaceName}',member='${member}'`
      await bus.onSignal(rule, { interface: interfaceName, member }, ({ body }) => heard(body))
    },
    close: () => bus.close(),
  }
}
