import {
  bytes,
  insert,
  journalSince,
  makeDurable,
  mountedAt,
  now,
  profileFor,
  sumOf,
  untilLetGo,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe:
    'pulled out by force, the drive unplugged while mounted: everything ends, nothing hangs, the next disc works',
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    const disc = await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/kept`, bytes('kept', 100_000))
    await makeDurable(ctx, `${where}/kept`)
    await ctx.must([
      'systemd-run',
      '--unit=lab-reader',
      '--collect',
      'sh',
      '-c',
      `exec 3<${where}/kept; exec sleep infinity`,
    ])

    const since = await now(ctx)
    place.drive.pullByForce()
    await untilLetGo(ctx)
    ctx.check(
      'pulled by force: unmounted, though a program had a file open',
      (await mountedAt(ctx)) === undefined,
      await mountedAt(ctx),
    )
    ctx.check(
      'the journal says from whom',
      /taking .* away from/.test(await journalSince(ctx, since)),
      'taking … away from …',
    )
    await ctx.must(['systemctl', 'stop', 'lab-reader'])

    place.drive.insert(disc)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('what was synced is there', (await sumOf(ctx, `${where}/kept`)) === sum, sum)

    await place.unplug()
    await ctx.waitFor('unplugged: unmounted', async () => (await mountedAt(ctx)) === undefined, 180_000)
    await untilLetGo(ctx)
    const stuck = (await ctx.must(['sh', '-c', 'ps axo stat,args | grep "^D" | grep -v "\\[" || true']))
      .stdout
    ctx.check('no process is stuck', stuck.trim() === '', stuck)
    await place.plug()
    await untilMounted(ctx)
    ctx.check('plugged in again with the disc in: mounted', (await sumOf(ctx, `${where}/kept`)) === sum, sum)
  },
})
