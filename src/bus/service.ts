// Objects on the bus: what is asked is answered from tables, and whatever is not in them is refused by name.
import { isDeepStrictEqual } from 'node:util'
import type { Interface, Method } from '../artifacts/bus/interface.ts'
import { introspectable, objectManager, peer, propertiesInterface } from '../artifacts/bus/standard.ts'
import { type Bus, BusError, type Incoming, Variant } from './connection.ts'
import { Crowd } from './crowd.ts'
import { introspectionXml } from './introspect.ts'

/** What a method gives, by the types of its table. Rejects with BusError. */
export type Answer = (method: string, call: Incoming) => Promise<unknown[]>

interface Part {
  table: Interface
  values: Record<string, unknown>
  answer: Answer | undefined
}

type Values = Record<string, Variant>

const dbusError = (name: string, text: string): BusError =>
  new BusError(`org.freedesktop.DBus.Error.${name}`, text)

const standard = [peer, introspectable, propertiesInterface]

const variants = ({ table, values }: Pick<Part, 'table' | 'values'>): Values =>
  Object.fromEntries(table.properties.map(({ name, type }) => [name, new Variant(type, values[name])]))

export class Service {
  readonly #bus: Bus
  readonly #root: string
  readonly #objects = new Map<string, Map<string, Part>>()
  readonly #machineId: () => Promise<string>
  readonly #crowd = new Crowd()
  /** Before properties are read: they are to be of now. Gets who reads. */
  readonly #reading: (reader: string) => Promise<void>

  constructor(
    bus: Bus,
    root: string,
    reading: (reader: string) => Promise<void>,
    machineId: () => Promise<string>,
  ) {
    this.#bus = bus
    this.#root = root
    this.#reading = reading
    this.#machineId = machineId
  }

  has(path: string): boolean {
    return this.#objects.has(path)
  }

  /** Adds the interface to the object, and tells it; or changes its properties, and tells those that are others now. */
  put(path: string, table: Interface, values: Record<string, unknown>, answer?: Answer): void {
    const object = this.#objects.get(path) ?? new Map<string, Part>()
    const known = object.get(table.name)
    const part: Part = { table, values, answer }
    object.set(table.name, part)
    this.#objects.set(path, object)
    if (known === undefined) {
      if (path === this.#root) return
      const added = { [table.name]: variants(part) }
      this.#bus.emit(this.#root, objectManager.name, 'InterfacesAdded', 'oa{sa{sv}}', [path, added])
      return
    }
    const changed = table.properties.filter(
      ({ name }) => !isDeepStrictEqual(known.values[name], values[name]),
    )
    if (changed.length === 0) return
    const told = variants({ table: { ...table, properties: changed }, values })
    this.#bus.emit(path, propertiesInterface.name, 'PropertiesChanged', 'sa{sv}as', [table.name, told, []])
  }

  signal(path: string, table: Interface, member: string, body: unknown[]): void {
    const signature = table.signals.find(({ name }) => name === member)?.args.map(({ type }) => type)
    this.#bus.emit(path, table.name, member, signature?.join('') ?? '', body)
  }

  drop(path: string): void {
    const object = this.#objects.get(path)
    if (object === undefined) return
    this.#objects.delete(path)
    this.#bus.emit(this.#root, objectManager.name, 'InterfacesRemoved', 'oas', [path, [...object.keys()]])
  }

  /** Answers a call, always. */
  async handle(call: Incoming): Promise<void> {
    const leave = this.#crowd.enter(call.sender)
    if (leave === undefined) {
      call.fail('org.freedesktop.DBus.Error.LimitsExceeded', 'too many calls wait for an answer already')
      return
    }
    try {
      const { signature, body } = await this.#answer(call)
      call.reply(signature, body)
    } catch (error) {
      const known = error instanceof BusError ? error : dbusError('Failed', 'the service failed')
      call.fail(known.error, known.message)
    } finally {
      leave()
    }
  }

  async #answer(call: Incoming): Promise<{ signature: string; body: unknown[] }> {
    if (call.unreadable) throw dbusError('LimitsExceeded', 'the call is too long, or cannot be read')
    const { table, method, part } = this.#find(call)
    const wanted = method.in.map(({ type }) => type).join('')
    if (call.signature !== wanted)
      throw dbusError('InvalidArgs', `${method.name} takes "${wanted}", not "${call.signature}"`)
    const signature = method.out.map(({ type }) => type).join('')
    if (part?.answer !== undefined) return { signature, body: await part.answer(method.name, call) }
    return { signature, body: await this.#standard(table, method.name, call) }
  }

  #find(call: Incoming): { table: Interface; method: Method; part: Part | undefined } {
    const object = this.#objects.get(call.path)
    if (object === undefined && this.#children(call.path).length === 0 && call.interface !== peer.name)
      throw dbusError('UnknownObject', `there is no object ${call.path}`)
    const parts = [...(object?.values() ?? [])]
    const tables = [...parts.map(({ table }) => table), ...standard]
    if (call.path === this.#root) tables.push(objectManager)
    const fitting = tables.filter(({ name }) => call.interface === '' || name === call.interface)
    if (fitting.length === 0)
      throw dbusError('UnknownInterface', `${call.path} has no interface ${call.interface}`)
    for (const table of fitting) {
      const method = table.methods.find(({ name }) => name === call.member)
      if (method !== undefined) return { table, method, part: object?.get(table.name) }
    }
    throw dbusError('UnknownMethod', `there is no method ${call.member} at ${call.path}`)
  }

  /** Last parts of the paths right below. */
  #children(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`
    const below = [...this.#objects.keys()].filter((p) => p.startsWith(prefix))
    return [...new Set(below.map((p) => p.slice(prefix.length).split('/')[0] ?? ''))].sort()
  }

  async #standard(table: Interface, method: string, call: Incoming): Promise<unknown[]> {
    if (table === peer) return method === 'Ping' ? [] : [await this.#machineId()]
    if (table === introspectable) {
      const parts = [...(this.#objects.get(call.path)?.values() ?? [])].map((part) => part.table)
      const all = [...parts, ...standard, ...(call.path === this.#root ? [objectManager] : [])]
      return [introspectionXml(all, this.#children(call.path))]
    }
    // Nobody would get what was read.
    if (!call.answered) return []
    await this.#reading(call.sender)
    if (table === objectManager) return [this.#managed()]
    return this.#properties(method, call)
  }

  #managed(): Record<string, Record<string, Values>> {
    const all: Record<string, Record<string, Values>> = {}
    for (const [path, object] of this.#objects)
      if (path !== this.#root)
        all[path] = Object.fromEntries([...object].map(([name, part]) => [name, variants(part)]))
    return all
  }

  #properties(method: string, call: Incoming): unknown[] {
    const [interfaceName, name] = call.body as [string, string]
    const object = this.#objects.get(call.path)
    if (object === undefined) throw dbusError('UnknownObject', `there is no object ${call.path}`)
    const part = object.get(interfaceName)
    if (part === undefined) {
      if (method === 'GetAll' && standard.some((table) => table.name === interfaceName)) return [{}]
      throw dbusError('UnknownInterface', `${call.path} has no interface ${interfaceName}`)
    }
    if (method === 'GetAll') return [variants(part)]
    const value = variants(part)[name]
    if (value === undefined || !part.table.properties.some((p) => p.name === name))
      throw dbusError('UnknownProperty', `${interfaceName} has no property ${name}`)
    if (method === 'Set') throw dbusError('PropertyReadOnly', `${name} is not for writing`)
    return [value]
  }
}
