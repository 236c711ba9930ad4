import { createHash } from 'node:crypto'
import { scenario } from '../scenario.ts'
import { watchUdev } from '../udev-times.ts'

const where = '/media/cdvdrw'

export default scenario({
  describe: 'insert, mounted, the user writes, button, tray out, in again: the same bytes',
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'],
  smoke: ['cd-rw'],
  run: async (ctx) => {
    const { drive } = await ctx.stand.plug(ctx.medium === 'bd-re' ? 'bd' : 'supermulti')
    const mounted = async () => {
      const { code, stdout } = await ctx.guest.exec(['findmnt', '--noheadings', '--output=OPTIONS', where])
      return code === 0 && /^\s*rw\b/.test(stdout) ? stdout : undefined
    }

    await ctx.login()
    const stopWatching = await watchUdev(ctx.guest)
    const inserted = performance.now()
    await ctx.stand.order('insert', { kind: ctx.medium, udf: 'LAB' })
    const options = await ctx.waitFor(`${where} is mounted read-write`, mounted, 150_000)
    ctx.time('insertion to mounted', performance.now() - inserted)
    const events = await stopWatching()
    for (const device of ['sr0', 'nbd0']) {
      const own = events.filter((e) => e.device === device)
      ctx.time(
        `of it udev, ${own.length} events of ${device}`,
        own.reduce((sum, e) => sum + e.ms, 0),
      )
    }
    ctx.check(`${where} is mounted, noatime`, /noatime/.test(options), options)

    const bytes = Buffer.alloc(300_000, 'packet writing ')
    const sum = createHash('sha256').update(bytes).digest('hex')
    await ctx.alice(['mkdir', '-p', `${where}/papers`])
    for (const name of ['one', 'two', 'three']) {
      await ctx.alice(['tee', `${where}/papers/${name}`], { stdin: bytes })
    }
    await ctx.alice(['rm', `${where}/papers/two`])

    const pressed = performance.now()
    drive.pressEject()
    await ctx.waitFor('the tray is out', async () => drive.trayOpen, 150_000)
    ctx.time('button to tray', performance.now() - pressed)
    ctx.check('nothing is mounted any more', (await mounted()) === undefined, await mounted())

    drive.closeTray()
    await ctx.waitFor(`${where} is mounted again`, mounted, 150_000)
    const { stdout } = await ctx.alice(['sha256sum', `${where}/papers/one`, `${where}/papers/three`])
    const sums = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0])
    ctx.check('both files are what alice wrote', sums.length === 2 && sums.every((s) => s === sum), stdout)
    const names = (await ctx.alice(['ls', `${where}/papers`])).stdout.trim().split('\n')
    ctx.check('the deleted file is gone', names.join() === 'one,three', names)
    const most = Math.max(...(drive.disc?.writes.values() ?? [0]))
    ctx.check('no packet was written out of measure', most > 0 && most <= 40, `at most ${most} times`)
  },
})
