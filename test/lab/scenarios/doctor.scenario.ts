import { insert, insertOnly, where } from '../life.ts'
import type { Context } from '../scenario.ts'
import { scenario } from '../scenario.ts'

interface Found {
  code: string
  evidence: string
}

/** What the doctor finds, and its exit code. */
async function examine(ctx: Context, ...more: string[]): Promise<{ code: number; troubles: Found[] }> {
  const ran = await ctx.guest.exec(['pktw', 'doctor', '--json', ...more], { timeoutMs: 180_000 })
  return { code: ran.code, troubles: (JSON.parse(ran.stdout) as { troubles: Found[] }).troubles }
}

export default scenario({
  describe: 'pktw doctor finds what is wrong with a real drive, and nothing where nothing is',
  boot: 'own',
  run: async (ctx) => {
    await ctx.login()
    const without = await examine(ctx)
    ctx.check('no drive', without.troubles.map((t) => t.code).join() === 'doctor.no-drive', without)

    const place = await ctx.stand.plug('supermulti')
    await insert(ctx, place, { kind: 'cd-rw', udf: 'LAB' })
    const served = await examine(ctx)
    ctx.check(
      'a disc that is mounted is no trouble',
      served.code === 0 && served.troubles.length === 0,
      served,
    )

    await ctx.must(['sh', '-c', 'rm -rf /dev/pktcdvd && touch /dev/pktcdvd'])
    const file = await examine(ctx)
    ctx.check(
      'a file where a directory belongs',
      file.code === 1 && file.troubles.some((t) => t.code === 'doctor.pktcdvd-not-a-directory'),
      file,
    )
    const mended = await examine(ctx, '--fix')
    ctx.check('--fix mends it', mended.code === 0, mended)

    await ctx.must(['pktw', 'eject'], { timeoutMs: 240_000 })
    place.drive.removeDisc()
    await insertOnly(place, { kind: 'cd-rw', state: 'blank' })
    const blank = await ctx.waitFor(
      'a blank disc is told',
      async () => {
        const { troubles } = await examine(ctx)
        return troubles.find((t) => t.code === 'doctor.not-formatted')
      },
      240_000,
    )
    ctx.check('with what udev says of it', blank.evidence.includes('media.blank-cd-rw'), blank)
    ctx.check('nothing is mounted', (await ctx.guest.exec(['findmnt', where])).code !== 0, where)
  },
})
