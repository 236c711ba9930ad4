import { makeDisc } from '../discs.ts'
import { profileFor } from '../life.ts'
import { scenario } from '../scenario.ts'

/** What libburn and dvd+rw-tools call each medium. */
const names: Record<string, { xorriso: RegExp; mediainfo?: RegExp }> = {
  'cd-rw': { xorriso: /CD-RW/ },
  'dvd-rw': { xorriso: /DVD-RW/, mediainfo: /1[34]h, DVD-RW/ },
  'dvd+rw': { xorriso: /DVD\+RW/, mediainfo: /1Ah, DVD\+RW/ },
  'dvd-ram': { xorriso: /DVD-RAM/, mediainfo: /12h, DVD-RAM/ },
  'bd-re': { xorriso: /BD-RE/, mediainfo: /43h, BD-RE/ },
}

/** The program that formats a disc that came from the shop, where there is one. */
const formatters: Record<string, string[]> = {
  'cd-rw': ['sh', '-c', 'yes "" | cdrwtool -d /dev/sr0 -q'],
  'dvd-rw': ['dvd+rw-format', '-force', '/dev/sr0'],
  'dvd+rw': ['dvd+rw-format', '/dev/sr0'],
}

export default scenario({
  describe: 'the tools people format and burn with know the emulated drive: dvd+rw-tools, cdrwtool, xorriso',
  product: false,
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'],
  run: async (ctx) => {
    const { xorriso, mediainfo } = names[ctx.medium] as { xorriso: RegExp; mediainfo?: RegExp }
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    const formatter = formatters[ctx.medium]
    const disc = await makeDisc({ kind: ctx.medium, ...(formatter ? { state: 'blank' } : {}) })
    place.drive.insert(disc)
    const present = async () =>
      (await ctx.must(['udevadm', 'info', '--query=property', '/dev/sr0'])).stdout.includes(
        'ID_CDROM_MEDIA=1',
      )
    await ctx.waitFor('udev sees the disc', present, 60_000)

    // Before xorriso: it leaves page 05h all zero on a blank CD-RW, and cdrwtool keeps the track mode that it finds there.
    // A quick format of DVD-RW ends in the intermediate state (MMC-6, restricted overwrite).
    const formattedState = ctx.medium === 'dvd-rw' ? 'intermediate' : 'formatted'
    if (formatter) {
      const ran = await ctx.guest.exec(formatter, { timeoutMs: 240_000 })
      ctx.check(
        formatter.join(' '),
        disc.state === formattedState && !/Command failed/.test(ran.stdout + ran.stderr),
        {
          code: ran.code,
          state: disc.state,
          last: ran.stdout.slice(-150),
        },
      )
    }
    const toc = await ctx.guest.exec(['xorriso', '-outdev', '/dev/sr0', '-toc'], { timeoutMs: 120_000 })
    const said =
      (toc.stdout + toc.stderr).split('\n').find((l) => l.startsWith('Media current')) ?? toc.stderr
    ctx.check('xorriso -toc', xorriso.test(said), said)
    if (mediainfo) {
      const info = await ctx.guest.exec(['dvd+rw-mediainfo', '/dev/sr0'], { timeoutMs: 120_000 })
      const line = info.stdout.split('\n').find((l) => /Mounted Media/.test(l)) ?? info.stderr
      ctx.check('dvd+rw-mediainfo', mediainfo.test(line), line)
    }
    if (ctx.medium === 'cd-rw') {
      const info = await ctx.guest.exec(['cdrwtool', '-d', '/dev/sr0', '-i'])
      ctx.check(
        'cdrwtool -i',
        info.code === 0 && /erasable : Yes/.test(info.stdout),
        info.stdout.slice(0, 300),
      )
    }
  },
})
