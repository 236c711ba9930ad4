import { insert, profileFor, sumOf, unitProperty, untilMounted, where } from '../life.ts'
import { scenario } from '../scenario.ts'

/** Machine and drive lose their power this often; each time the machine has to boot. */
const cuts = Number(process.env.PKTW_LAB_CUTS ?? 10)

/** Files that are there before the first cut, and are written over in place from then on. */
const files = 40

/**
 * Notes a file only when fsync has returned for it and for the folders that name it, and the note itself is on the machine's
 * disk. Without the folders a file may be durable and have no name: UDF, like ext2, writes them some other time.
 */
const writer = `
mkdir -p ${where}/$1 /var/lib/lab; i=0
while :; do
  i=$((i % $2 + 1))
  head -c $((i * 7919 % 90000 + 1)) /dev/urandom >/run/lab-data
  dd if=/run/lab-data of=${where}/$1/$i bs=8k conv=fsync,notrunc status=none
  sync ${where}/$1 ${where}
  echo "$(sha256sum </run/lab-data | cut -d' ' -f1) $1/$i $3" >>/var/lib/lab/sums
  sync /var/lib/lab/sums
  test $3 != 0 || test $i != $2 || exit 0
done`

/** What was noted: checksum, name, number of the cut that came after it. The last one of a name counts. */
function noted(text: string): Map<string, { sum: string; cut: number }> {
  const last = new Map<string, { sum: string; cut: number }>()
  for (const line of text.trim().split('\n')) {
    const [sum = '', name = '', cut = ''] = line.split(' ')
    last.delete(name)
    last.set(name, { sum, cut: Number(cut) })
  }
  return last
}

/** The file that the writer had in hand when it was cut off: it has both contents, or one of them. */
function inHand(last: string, folder: string): string {
  return `${folder}/${(Number(last.split('/')[1]) % files) + 1}`
}

export default scenario({
  describe:
    'the power goes in the middle of writing: what was synced is there at the next boot, before anything is mounted',
  boot: 'own',
  media: ['cd-rw', 'dvd+rw'],
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    const disc = await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    await place.plugAtBoot()
    // Writing back early and often, so that the cuts find it at that.
    await ctx.must(['sh', '-c', 'mkdir -p /etc/pktw && echo "write: { after: 2 }" >/etc/pktw/pktw.yaml'])
    await ctx.must(['pktw', 'install'], { timeoutMs: 180_000 })
    await ctx.must(['systemctl', 'restart', 'pktw@sr0.service'], { timeoutMs: 300_000 })
    await ctx.must(['udevadm', 'trigger', '--action=change', '--settle', '/sys/class/block/nbd0'])
    await untilMounted(ctx)
    await ctx.must(['sh', '-ec', writer, 'sh', 'old', String(files), '0'], { timeoutMs: 600_000 })
    // Which blocks are free UDF writes when it likes, and a power cut makes it forget: no fsync waits for that, and nothing
    // mends it. So files are written over in place, and only the last time there are new ones.
    await ctx.must(['sync', '--file-system', where])
    await ctx.must(['sync', where])
    await ctx.must(['sync'])
    let mended = 0
    /** Neither what was noted last, nor anything else that is known. */
    const unknown = new Set<string>()
    for (let cut = 1; cut <= cuts; cut++) {
      await untilMounted(ctx)
      const folder = cut === cuts ? 'new' : 'old'
      const argv = [folder, String(folder === 'new' ? 9999 : files), String(cut)]
      await ctx.must(['systemd-run', '--unit=lab-writer', 'sh', '-ec', writer, 'sh', ...argv])
      const enough = 3 + ((cut * 5) % 7)
      await ctx.waitFor(
        `${enough} files are synced`,
        async () => {
          const { stdout } = await ctx.guest.exec(['grep', '-c', ` ${cut}$`, '/var/lib/lab/sums'])
          return Number(stdout) >= enough
        },
        240_000,
      )
      // Two of three in the middle of a packet, as soon as one is written; the others wherever it is just now.
      if (cut % 3 !== 0) {
        place.drive.faults.cutPower({ packets: 1 + (cut % 3), newBlocks: 3, unreadableBlocks: 4 })
        const end = performance.now() + 60_000
        while (place.drive.plugged && performance.now() < end)
          await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const up = ctx.guest.rebooted()
      await ctx.guest.qmp.execute('system_reset')
      if (place.drive.plugged) place.drive.powerLoss()
      const torn = disc.unreadable.size
      place.drive.faults.clear()
      place.drive.replug()
      if (place.drive.disc === undefined) place.drive.insert(disc)
      await up
      await untilMounted(ctx)
      if (torn > 0) mended++
      const { stdout } = await ctx.must(['cat', '/var/lib/lab/sums'])
      const last = noted(stdout)
      for (const [name, { cut: at }] of last) if (at === cut) unknown.delete(name)
      if (folder === 'old') unknown.add(inHand([...last.keys()].at(-1) ?? '', folder))
      const wrong: string[] = []
      for (const [name, { sum }] of last) {
        if (unknown.has(name)) continue
        const found = await sumOf(ctx, `${where}/${name}`)
        if (found !== sum) wrong.push(`${name}: ${found}`)
      }
      const fresh = [...last.values()].filter((one) => one.cut === cut).length
      ctx.check(
        `cut ${cut}: ${last.size} files are whole, ${fresh} of them written since the last cut`,
        wrong.length === 0,
        wrong,
      )
      ctx.check(`cut ${cut}: nothing is unreadable (${torn} blocks were)`, disc.unreadable.size === 0, [
        ...disc.unreadable,
      ])
    }
    ctx.check('some of the cuts tore a packet', mended >= cuts / 3, mended)
    ctx.check(
      'the unit is well',
      (await unitProperty(ctx, 'pktw@sr0.service', 'ActiveState')) === 'active',
      await unitProperty(ctx, 'pktw@sr0.service', 'Result'),
    )
  },
})
