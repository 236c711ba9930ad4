// Notifications, on a bus with python-dbusmock's notification daemon.
import { expect, test } from 'vitest'
import { Variant } from '../../src/bus/connection.ts'
import * as notices from '../../src/session/notices.ts'
import { Notifier } from '../../src/session/notifier.ts'
import { privateBus, until } from './private-bus.ts'
import { dirty, mapped, view } from './views.ts'

const name = 'org.freedesktop.Notifications'
const mock = {
  destination: name,
  path: '/org/freedesktop/Notifications',
  interface: 'org.freedesktop.DBus.Mock',
}
const blank = view({ present: true, state: 'blank' })

test('one a drive: the next takes its place; bar, buttons and closing', async (context) => {
  const bus = await privateBus(context)
  const server = await bus.mock('notification_daemon', name, { capabilities: 'body body-markup actions' })
  const pressed: string[] = []
  const dismissed: string[] = []
  const own = await bus.connect()
  const notifier = await Notifier.open(own, {
    onAction: (drive, action) => pressed.push(`${drive} ${action}`),
    onDismissed: (drive) => dismissed.push(drive),
  })
  await notifier.show('sr0', notices.unformatted(blank))
  await notifier.show('sr1', notices.ready(view({ drive: 'sr1', label: 'A & <B>' })))
  const emit = (signal: string, body: Variant[]) =>
    own.call(mock, 'EmitSignal', 'sssav', [name, signal, signal === 'ActionInvoked' ? 'us' : 'uu', body])
  await emit('ActionInvoked', [new Variant('u', 1), new Variant('s', 'prepare')])
  await emit('ActionInvoked', [new Variant('u', 99), new Variant('s', 'prepare')])
  await until('the button is heard of', () => pressed.length > 0)
  expect(pressed).toEqual(['sr0 prepare'])

  await notifier.show('sr0', notices.writing(mapped({ ...dirty(3) }), 3e6, 12e6))
  await emit('NotificationClosed', [new Variant('u', 1), new Variant('u', 2)])
  await until('the closing is heard of', () => dismissed.length > 0)
  expect(dismissed).toEqual(['sr0'])
  await notifier.show('sr0', notices.safe(mapped()))
  await notifier.close('sr1')

  const shown = server.calls().filter((line) => line.startsWith('Notify'))
  expect(shown).toHaveLength(4)
  expect(shown[0]).toMatch(
    /^Notify "pktw" 0 "media-optical" "The disc in sr0 has to be prepared" .*\["prepare", "Prepare"\]/,
  )
  expect(shown[1]).toContain('"A & <B> is ready"')
  expect(shown[2]).toMatch(
    /^Notify "pktw" 1 .*"Writing to LAB" "3\.0 MB left\. Leave the disc in\." \[\] .*"value": 75/,
  )
  // Closed by the user: that number is no longer ours.
  expect(shown[3]).toMatch(/^Notify "pktw" 0 .*"LAB can be taken out"/)
  expect(server.calls()).toContain('CloseNotification 2')
})

test('what is apart is not replaced, and stays', async (context) => {
  const bus = await privateBus(context)
  const server = await bus.mock('notification_daemon', name)
  const notifier = await Notifier.open(await bus.connect(), {
    onAction: () => undefined,
    onDismissed: () => undefined,
  })
  const losses = [{ lba: 64, blocks: 32, at: 1, why: '3/0C/00 write error' }]
  expect(await notifier.show('sr0', notices.ready(mapped()))).toBe(true)
  expect(await notifier.show('sr0', notices.lost(mapped(), losses))).toBe(true)
  expect(await notifier.show('sr0', notices.safe(mapped()))).toBe(true)
  const shown = server.calls().filter((line) => line.startsWith('Notify'))
  expect(shown[1]).toMatch(
    /^Notify "pktw" 0 "dialog-error" "Data written to LAB was lost" .*"urgency": 2.* 0$/,
  )
  expect(shown[2]).toMatch(/^Notify "pktw" 1 .*"LAB can be taken out"/)
})

test('a server without buttons gets none, and markup only where it is understood', async (context) => {
  const bus = await privateBus(context)
  const server = await bus.mock('notification_daemon', name, { capabilities: 'body' })
  const notifier = await Notifier.open(await bus.connect(), {
    onAction: () => undefined,
    onDismissed: () => undefined,
  })
  const reason = { code: 'x', message: 'Blank & <new>.' }
  await notifier.show('sr0', notices.unformatted({ ...blank, reason }))
  expect(server.calls().at(-1)).toMatch(/"Blank & <new>\. Once prepared.*" \[\] /)
})

test('no notifications on this desktop: nothing happens', async (context) => {
  const bus = await privateBus(context)
  const notifier = await Notifier.open(await bus.connect(), {
    onAction: () => undefined,
    onDismissed: () => undefined,
  })
  await expect(notifier.show('sr0', notices.safe(mapped()))).resolves.toBeUndefined()
  // One that starts later is found.
  const server = await bus.mock('notification_daemon', name)
  await notifier.show('sr0', notices.safe(mapped()))
  expect(server.calls().filter((line) => line.startsWith('Notify'))).toHaveLength(1)
})
