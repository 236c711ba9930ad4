// What nobody should send, sent: the service answers by name, stays, and does nothing that it was not asked for.
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { busName, driveInterface, drivePath, rootPath } from '../../src/artifacts/bus/interfaces.ts'
import { type Bus, BusError, Variant } from '../../src/bus/connection.ts'
import { fuzz } from '../nbd/seed.ts'
import { type Desk, mapped, startDesk } from './desk.ts'
import { needBus, type PrivateBus, startBus } from './private-bus.ts'

let bus: PrivateBus | undefined
let desk: Desk
let client: Bus
beforeEach(async (context) => {
  needBus(context)
  if (bus !== undefined) return
  bus = await startBus()
  desk = await startDesk(bus, { files: mapped })
  client = await bus.connect()
})
afterAll(async () => {
  if (bus === undefined) return
  client.close()
  await desk.end()
  await bus.stop()
})

const send = (path: string, iface: string, member: string, signature = '', body: unknown[] = []) =>
  client.call({ destination: busName, path, interface: iface, member, signature, body, timeoutMs: 25_000 })
const errorOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  )
  return error instanceof BusError ? error.error : `answered: ${String(error)}`
}
const alive = async (): Promise<void> => {
  await send('/', 'org.freedesktop.DBus.Peer', 'Ping')
}
const dbus = 'org.freedesktop.DBus.Error'
const properties = 'org.freedesktop.DBus.Properties'

describe('what is not there', () => {
  test.each([
    ['/org/pktw/Pktw1/drives/sr9', driveInterface.name, 'Map', '', `${dbus}.UnknownObject`],
    ['/org/pktw/Pktw1/drives/sr0/x', driveInterface.name, 'Map', '', `${dbus}.UnknownObject`],
    ['/org/pktw/Pktw1/drives/sda', driveInterface.name, 'Eject', '', `${dbus}.UnknownObject`],
    ['/org/pktw/Pktw1/drives/__proto__', driveInterface.name, 'Eject', '', `${dbus}.UnknownObject`],
    ['/org/pktw/Pktw1/drives', driveInterface.name, 'Eject', '', `${dbus}.UnknownInterface`],
    [rootPath, driveInterface.name, 'Eject', '', `${dbus}.UnknownInterface`],
    [drivePath('sr0'), driveInterface.name, 'Format', '', `${dbus}.UnknownMethod`],
    [drivePath('sr0'), driveInterface.name, 'constructor', '', `${dbus}.UnknownMethod`],
    [drivePath('sr0'), 'org.example.Other', 'Map', '', `${dbus}.UnknownInterface`],
    [drivePath('sr0'), driveInterface.name, 'Map', 's', `${dbus}.InvalidArgs`],
    [drivePath('sr0'), driveInterface.name, 'Prepare', 's', `${dbus}.InvalidArgs`],
  ])('%s %s.%s(%s)', async (path, iface, member, signature, wanted) => {
    expect(await errorOf(send(path, iface, member, signature, signature === '' ? [] : ['x']))).toBe(wanted)
  })

  test.each([
    ['Get', 'ss', [driveInterface.name, 'toString'], `${dbus}.UnknownProperty`],
    ['Get', 'ss', ['constructor', 'State'], `${dbus}.UnknownInterface`],
    ['Set', 'ssv', [driveInterface.name, 'State', new Variant('s', 'x')], `${dbus}.PropertyReadOnly`],
    ['Set', 'ssv', [driveInterface.name, 'Nothing', new Variant('s', 'x')], `${dbus}.UnknownProperty`],
    ['GetAll', 's', ['org.example.Other'], `${dbus}.UnknownInterface`],
  ] as const)('a property: %s %s %j', async (member, signature, body, wanted) => {
    expect(await errorOf(send(drivePath('sr0'), properties, member, signature, [...body]))).toBe(wanted)
  })
})

test('any path, any name, any types: an answer each time, and the machine as it was', async () => {
  const piece = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/)
  const path = fc.oneof(
    fc.constantFrom('/', rootPath, drivePath('sr0'), `${rootPath}/jobs`),
    fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  )
  const iface = fc.oneof(
    fc.constantFrom(driveInterface.name, properties, 'org.freedesktop.DBus.Introspectable'),
    fc.constant('org.freedesktop.DBus.ObjectManager'),
    fc.array(fc.stringMatching(/^[A-Za-z_]{1,8}$/), { minLength: 2, maxLength: 4 }).map((p) => p.join('.')),
  )
  const member = fc.oneof(
    fc.constantFrom('Get', 'GetAll', 'Set', 'Introspect', 'Prepare', 'Mapp', 'GetManagedObjects'),
    fc.stringMatching(/^[A-Za-z_]{1,12}$/),
  )
  const argument = fc.oneof(
    fc.tuple(
      fc.constant('s'),
      fc.string({ maxLength: 40 }).map((s) => s.replaceAll('\0', '')),
    ),
    fc.tuple(fc.constant('u'), fc.nat()),
    fc.tuple(fc.constant('as'), fc.array(fc.stringMatching(/^\w*$/), { maxLength: 20 })),
    fc.tuple(
      fc.constant('v'),
      fc.nat().map((n) => new Variant('u', n)),
    ),
    fc.tuple(
      fc.constant('a{sv}'),
      fc.dictionary(
        piece,
        fc.nat().map((n) => new Variant('u', n)),
      ),
    ),
    fc.tuple(fc.constant('(ib)'), fc.tuple(fc.nat({ max: 9 }), fc.boolean())),
  )
  const before = desk.system.commands.length
  await fc.assert(
    fc.asyncProperty(path, iface, member, fc.array(argument, { maxLength: 3 }), async (p, i, m, args) => {
      const signature = args.map(([type]) => type).join('')
      const error = await errorOf(
        send(
          p,
          i,
          m,
          signature,
          args.map(([, value]) => value),
        ),
      )
      expect(error).toMatch(
        /^(answered: undefined|org\.freedesktop\.DBus\.Error\.\w+|org\.pktw\.Error\.\w+)$/,
      )
    }),
    fuzz(60),
  )
  await alive()
  expect(desk.system.commands.slice(before).filter((c) => !/^(udevadm info|getent) /.test(c))).toEqual([])
})

/** Bytes on a connection of its own, as a program without a library could send them. */
async function raw(messages: (serial: number) => Buffer): Promise<Socket> {
  const socket = createConnection(bus!.address.replace('unix:path=', ''))
  await once(socket, 'connect')
  socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid?.())).toString('hex')}\r\n`)
  await once(socket, 'data')
  socket.write('BEGIN\r\n')
  const hello = message(1, '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'Hello', 'org.freedesktop.DBus')
  socket.write(hello)
  await once(socket, 'data')
  socket.write(messages(2))
  return socket
}

const pad = (buffer: Buffer, to: number): Buffer =>
  Buffer.concat([buffer, Buffer.alloc((to - (buffer.length % to)) % to)])
const word = (n: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(n)
  return buffer
}

function message(
  serial: number,
  path: string,
  iface: string,
  member: string,
  destination: string,
  signature = '',
  body: Buffer = Buffer.alloc(0),
): Buffer {
  const text = (code: number, type: string, value: string): Buffer =>
    Buffer.concat([
      Buffer.from([code, 1, type.charCodeAt(0), 0]),
      word(value.length),
      Buffer.from(`${value}\0`),
    ])
  const fields = [text(1, 'o', path), text(2, 's', iface), text(3, 's', member), text(6, 's', destination)]
  if (signature !== '')
    fields.push(Buffer.from([8, 1, 'g'.charCodeAt(0), 0, signature.length, ...Buffer.from(`${signature}\0`)]))
  // Each begins at a multiple of 8; what follows the last is not part of the array.
  const array = fields.reduce((before, field) => Buffer.concat([pad(before, 8), field]))
  const head = Buffer.concat([
    Buffer.from([0x6c, 1, 0, 1]),
    word(body.length),
    word(serial),
    word(array.length),
  ])
  return Buffer.concat([pad(Buffer.concat([head, array]), 8), body])
}

const toDrive = (signature: string, body: Buffer) => (serial: number) =>
  message(serial, drivePath('sr0'), driveInterface.name, 'Prepare', busName, signature, body)
const heard = async (socket: Socket, text: string): Promise<void> => {
  let all = ''
  while (!all.includes(text)) all += (await once(socket, 'data'))[0].toString('latin1')
  socket.destroy()
}

test('an array of megabytes is refused before it is read', async () => {
  // Each variant of a byte would be some hundred bytes of objects.
  const items = 300_000
  const one = Buffer.from([1, 0x79, 0, 7])
  const body = Buffer.concat([word(items * one.length), Buffer.alloc(items * one.length, one)])
  const before = process.memoryUsage().heapUsed
  const socket = await raw(toDrive('av', body))
  await heard(socket, `${dbus}.LimitsExceeded`)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 1024 ** 2)
  await alive()
})

test('a file descriptor that is none is refused, and the next message is heard', async () => {
  const socket = await raw((serial) =>
    Buffer.concat([
      toDrive('h', word(7))(serial),
      toDrive('s', Buffer.concat([word(1), Buffer.from('x\0')]))(serial + 1),
    ]),
  )
  await heard(socket, `${dbus}.InvalidArgs`)
  await alive()
})

test('a caller that vanishes in the middle of its call leaves nothing waiting', async () => {
  for (let i = 0; i < 20; i += 1) (await raw(toDrive('a{sv}', word(0)))).destroy()
  await alive()
  expect(await errorOf(send(drivePath('sr0'), driveInterface.name, 'Unmount'))).toBe('answered: undefined')
})

test('a thousand calls at once are all answered: a few do something, the rest are told to wait', async () => {
  // The bus lets a connection wait for 128 answers.
  const clients = await Promise.all(Array.from({ length: 10 }, () => bus!.connect()))
  const call = (from: Bus, iface: string, member: string, signature = '', body: unknown[] = []) =>
    errorOf(
      from.call({ destination: busName, path: drivePath('sr0'), interface: iface, member, signature, body }),
    )
  const fifty = Array.from({ length: 50 })
  const all = clients.flatMap((from) =>
    fifty.flatMap(() => [
      call(from, properties, 'GetAll', 's', [driveInterface.name]),
      call(from, driveInterface.name, 'Map'),
    ]),
  )
  const answers = await Promise.all(all)
  expect(answers).toHaveLength(1000)
  const done = answers.filter((answer) => answer === 'answered: undefined').length
  expect(answers.filter((answer) => answer === 'org.pktw.Error.TooManyCalls')).toHaveLength(1000 - done)
  // All reads, and of the maps as many as may wait at a time.
  expect(done).toBeGreaterThan(500)
  // They come in before the first of them is done: most of the five hundred have to wait.
  expect(done).toBeLessThan(900)
  for (const from of clients) from.close()
  await alive()
})
