import {
  bytes,
  eject,
  insert,
  journalSince,
  mountedAt,
  now,
  profileFor,
  sumOf,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'the button while a file is open: the tray stays shut and the journal says who; then it opens',
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/book`, bytes('book', 50_000))
    await ctx.must([
      'systemd-run',
      '--unit=lab-reader',
      '--collect',
      'sh',
      '-c',
      `exec 3<${where}/book; exec sleep infinity`,
    ])
    const pid = (
      await ctx.must(['systemctl', 'show', '--property=MainPID', '--value', 'lab-reader'])
    ).stdout.trim()
    const since = await now(ctx)
    place.drive.pressEject()
    const said = await ctx.waitFor(
      'the journal says why',
      async () => {
        const text = await journalSince(ctx, since)
        return text.split('\n').find((l) => l.includes('stays shut'))
      },
      180_000,
    )
    ctx.check(
      'it names the program, its process and its file',
      said.includes(`pid ${pid}`) && said.includes('/book'),
      said,
    )
    ctx.check('the tray is shut', !place.drive.trayOpen, place.drive.trayOpen)
    ctx.check('the disc is still mounted', (await mountedAt(ctx)) !== undefined, await mountedAt(ctx))
    await write(ctx, `${where}/after`, bytes('after', 1000))

    await ctx.must(['systemctl', 'stop', 'lab-reader'])
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('the same bytes', (await sumOf(ctx, `${where}/book`)) === sum, sum)
  },
})
