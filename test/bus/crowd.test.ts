// How many calls the service has in hand, whoever floods it.
import { expect, test } from 'vitest'
import { driveInterface, drivePath } from '../../src/artifacts/bus/interfaces.ts'
import { propertiesInterface } from '../../src/artifacts/bus/standard.ts'
import type { Bus, Incoming } from '../../src/bus/connection.ts'
import { Service } from '../../src/bus/service.ts'

const bus = { emit: () => undefined } as unknown as Bus

function stage() {
  let reads = 0
  let answer = (): void => undefined
  const over = new Promise<void>((resolve) => {
    answer = resolve
  })
  const reading = (): Promise<void> => {
    reads += 1
    return over
  }
  const service = new Service(bus, '/', reading, async () => '')
  service.put(drivePath('sr0'), driveInterface, {})
  const told: string[] = []
  const call = (sender: string, answered = true): Incoming => ({
    ...{ sender, path: drivePath('sr0'), interface: propertiesInterface.name, member: 'GetAll' },
    ...{ signature: 's', body: [driveInterface.name], interactive: false, unreadable: false, answered },
    reply: () => told.push('answered'),
    fail: (error) => told.push(error),
  })
  return { service, told, call, answer: () => answer(), reads: () => reads }
}

test('of one sender 128 wait, the others are refused at once, and other senders are served', async () => {
  const { service, told, call, answer } = stage()
  const all = Array.from({ length: 200 }, () => service.handle(call(':1.1')))
  const other = service.handle(call(':1.2'))
  await Promise.resolve()
  expect(told).toEqual(Array.from({ length: 72 }, () => 'org.freedesktop.DBus.Error.LimitsExceeded'))
  answer()
  await Promise.all([...all, other])
  expect(told.filter((word) => word === 'answered')).toHaveLength(129)
  await service.handle(call(':1.1'))
  expect(told.at(-1)).toBe('answered')
})

test('of all 1024, however many senders there are', async () => {
  const { service, told, call, answer } = stage()
  const all = Array.from({ length: 2000 }, (_, i) => service.handle(call(`:1.${i % 50}`)))
  await Promise.resolve()
  expect(told).toHaveLength(2000 - 1024)
  answer()
  await Promise.all(all)
})

test('what nobody waits for is not read', async () => {
  const { service, call, reads } = stage()
  await Promise.all(Array.from({ length: 500 }, () => service.handle(call(':1.1', false))))
  expect(reads()).toBe(0)
})
