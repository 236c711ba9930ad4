// The demo in a Debian guest: the product installed as a user would, an emulated USB writer, a desktop user at the seat.
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type BootOptions, boot } from './boot.ts'
import type { Story } from './demo-story.ts'
import type { Place } from './demo-where.ts'
import { login } from './desktop.ts'
import { installPackage } from './product.ts'
import type { Machine } from './qemu.ts'
import { openStand } from './stand.ts'

const where = '/media/cdvdrw'

/** Asks until it holds; rejects after `timeoutMs`. */
const until = async (what: string, probe: () => Promise<boolean>, timeoutMs = 120_000): Promise<number> => {
  const began = performance.now()
  while (!(await probe())) {
    if (performance.now() - began > timeoutMs) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`)
    await delay(200)
  }
  return performance.now() - began
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s (under emulation)`

/** A guest that is up and has a stand for drives. Rejects where it cannot be had. */
export const openGuest = async (options: BootOptions): Promise<Place> => {
  const { machine, bootMs } = await boot(options)
  try {
    const stand = await openStand(machine)
    return {
      play: (story) => tellIt(story, machine, stand, bootMs),
      close: async () => {
        await machine.kill()
        await stand.close()
      },
    }
  } catch (error) {
    await machine.kill()
    throw error
  }
}

/** Rejects when something does not hold. */
const tellIt = async (
  story: Story,
  machine: Machine,
  stand: Awaited<ReturnType<typeof openStand>>,
  bootMs: number,
): Promise<void> => {
  const run = async (argv: string[], o = {}): Promise<string> => {
    const ran = await machine.exec(argv, { timeoutMs: 120_000, ...o })
    if (ran.code !== 0) throw new Error(`${argv.join(' ')}: status ${ran.code}\n${ran.stdout}${ran.stderr}`)
    return ran.stdout
  }
  const mounted = async (): Promise<boolean> => (await machine.exec(['findmnt', where])).code === 0

  const kernel = (await run(['uname', '-r'])).trim()
  story.tell(`A Debian ${machine.image.suite} guest is up, Linux ${kernel} (${seconds(bootMs)}).`)
  await run(installPackage)
  story.tell(
    'pktw is installed in it (dpkg -i pktw.deb). alice logs in at the desk; she is in no special group.',
  )
  await login(machine)
  const { drive, name } = await stand.plug('supermulti')
  story.tell(`A USB writer is plugged in: ${drive.profile.model}, ${name}.`)

  await stand.order('insert', { kind: 'cd-rw', udf: 'PAPERS' })
  story.tell('A CD-RW with a UDF file system goes in. Nobody types anything.')
  const toMounted = await until(`${where} is mounted`, mounted)
  story.show('from insertion to mounted', { took: seconds(toMounted) })
  story.show('mount', { is: (await run(['findmnt', '--noheadings', where])).trim().replaceAll(/\s+/g, ' ') })

  const bytes = Buffer.alloc(500_000, 'a letter to keep. ')
  for (const file of ['letter', 'draft'])
    await run(['tee', `${where}/${file}`], { user: 'alice', stdin: bytes })
  await run(['rm', `${where}/draft`], { user: 'alice' })
  story.tell(
    'alice copies two files onto it and deletes one of them. She presses the button on the drive at once.',
  )

  story.expect(
    'the button does not just open the tray: the disc is in use',
    drive.pressEject() === 'requested',
  )
  const toTray = await until('the tray is out', async () => drive.trayOpen)
  story.show('from the button to the tray', { took: seconds(toTray) })
  story.expect('nothing is mounted any more', !(await mounted()))
  const worn = Math.max(...(drive.disc?.writes.values() ?? [0]))
  story.show('wear', { 'packet written most often': `${worn} times` })

  drive.closeTray()
  story.tell('The disc goes in again.')
  await until(`${where} is mounted again`, mounted)
  const sum = (await run(['sha256sum', `${where}/letter`], { user: 'alice' })).split(' ')[0]
  story.expect(
    'the letter is there, the same bytes',
    sum === createHash('sha256').update(bytes).digest('hex'),
  )
  const names = (await run(['ls', where], { user: 'alice' }))
    .split('\n')
    .filter((n) => n && n !== 'lost+found')
  story.expect('the draft is gone', names.join() === 'letter')
}
