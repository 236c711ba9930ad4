// npm run demo, where no virtual machine can be had: README's first command works there, too.
import { expect, test } from 'vitest'
import { engineDemo } from './demo-engine.ts'
import { type Story, storyTo } from './demo-story.ts'
import { type Place, playSomewhere } from './demo-where.ts'
import { LabError, requireHost } from './host.ts'

const noGuest = 'Making the sid image needs root'

async function played(guest: (() => Promise<Place>) | undefined, inProcess = engineDemo) {
  const lines: string[] = []
  const complaints: string[] = []
  const error = await playSomewhere(
    storyTo((line) => lines.push(line)),
    { guest, inProcess, complain: (why) => complaints.push(why) },
  ).catch((e: unknown) => e)
  return { lines, complaints, error }
}

test('in process it plays from start to end: all that it expects holds', async () => {
  const { lines, complaints, error } = await played(undefined)
  expect([error, complaints]).toEqual([undefined, []])
  expect(lines.filter((line) => line.startsWith('  ✓ '))).toEqual([
    '  ✓ it is ready for packet writing',
    '  ✓ 50 writes of 2 KiB are taken, and a flush is answered',
    '  ✓ each packet was written once, as a whole',
    '  ✓ the eject button is heard, and the tray stays shut for now',
    '  ✓ the engine releases the disc, and everything is on it',
    '  ✓ the tray comes out',
    '  ✓ the same bytes come back',
  ])
})

test.each([
  ['a host that lacks a program', new LabError(noGuest)],
  ['any other reason: a full disk, QEMU that ends', new Error(noGuest)],
])('no guest, %s: the reason is reported, and it plays in process', async (_, reason) => {
  const { lines, complaints, error } = await played(() => Promise.reject(reason))
  expect([error, complaints]).toEqual([undefined, [noGuest]])
  expect(lines.at(-1)).toBe('  ✓ the same bytes come back')
})

test('a guest is played in, and closed, also when something does not hold there', async () => {
  let open = 0
  const guest =
    (holds: boolean): (() => Promise<Place>) =>
    async () => {
      open++
      const play = async (story: Story) => story.expect('the tray is out', holds)
      return { play, close: async () => void open-- }
    }
  const never = async () => expect.unreachable('a guest was there')
  expect(await played(guest(true), never)).toMatchObject({ lines: ['  ✓ the tray is out'], error: undefined })
  const { complaints, error } = await played(guest(false), never)
  expect(error).toMatchObject({ message: 'this does not hold: the tray is out' })
  expect([complaints, open]).toEqual([[], 0])
})

test('a processor that the guest is not made for is a reason', async () => {
  await expect(requireHost(() => expect.unreachable('nothing is installed'), 'arm64')).rejects.toThrow(
    new LabError('The guest is one for amd64, and this machine is arm64.'),
  )
})
