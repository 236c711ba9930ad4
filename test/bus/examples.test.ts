// The busctl examples of docs/bus.md are run, as they stand there.
import { readFileSync } from 'node:fs'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type Desk, startDesk, usual } from './desk.ts'
import { needBus, type PrivateBus, runAs, startBus } from './private-bus.ts'

const block = /^```sh\n([\s\S]*?)^```$/m.exec(readFileSync('docs/bus.md', 'utf8'))?.[1] ?? ''
const examples = block
  .trim()
  .split('\n')
  .map((line) => [line])

let bus: PrivateBus | undefined
let desk: Desk
beforeEach(async (context) => {
  needBus(context)
  if (bus !== undefined) return
  bus = await startBus()
  const prepare = 'pktw-prepare@sr0.service'
  desk = await startDesk(bus, {
    effects: {
      ...usual(),
      [`start ${prepare}`]: { delay: 60_000, state: 'inactive' },
      [`stop ${prepare}`]: { state: 'inactive' },
    },
  })
})
afterAll(async () => {
  if (bus === undefined) return
  await desk.end()
  await bus.stop()
})

test('there are some', () => expect(examples.length).toBeGreaterThan(5))

// In their order: what one does the next needs.
test.each(examples)('%s', async (line) => {
  const { code, stderr } = await runAs(bus!, 0, line.split(' '))
  expect([code, stderr]).toEqual([0, ''])
})
