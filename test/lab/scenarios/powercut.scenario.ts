import { insert, profileFor, sumOf, unitProperty, untilMounted, where } from '../life.ts'
import { scenario } from '../scenario.ts'

/** Machine and drive lose their power this often; each time the machine has to boot. */
const cuts = Number(process.env.PKTW_LAB_CUTS ?? 10)

/**
 * Notes a file only when fsync has returned for it and for the folders that name it, and the note itself is on the machine's
 * disk. Without the folders a file may be durable and have no name: UDF, like ext2, writes them some other time.
 */
const writer = `
mkdir -p ${where}/cut$1 /var/lib/lab; i=0
while :; do
  i=$((i + 1))
  head -c $((i * 7919 % 90000 + 1)) /dev/urandom >/run/lab-data
  dd if=/run/lab-data of=${where}/cut$1/$i bs=8k conv=fsync status=none
  sync ${where}/cut$1 ${where}
  echo "$(sha256sum </run/lab-data | cut -d' ' -f1) cut$1/$i" >>/var/lib/lab/sums
  sync /var/lib/lab/sums
done`

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
    await ctx.must(['sync'])
    let mended = 0
    for (let cut = 1; cut <= cuts; cut++) {
      await untilMounted(ctx)
      await ctx.must(['systemd-run', '--unit=lab-writer', 'sh', '-ec', writer, 'sh', String(cut)])
      const enough = 3 + ((cut * 5) % 7)
      await ctx.waitFor(
        `${enough} files are synced`,
        async () => {
          const { stdout } = await ctx.guest.exec(['grep', '-c', ` cut${cut}/`, '/var/lib/lab/sums'])
          return Number(stdout) >= enough
        },
        240_000,
      )
      // In the middle of a packet, if one is written just now or soon.
      place.drive.faults.cutPower({ packets: 1 + (cut % 3), newBlocks: 3, unreadableBlocks: 4 })
      await new Promise((resolve) => setTimeout(resolve, 700 * (cut % 5)))
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
      const lines = stdout.trim().split('\n')
      const wrong: string[] = []
      for (const line of lines.filter((l) => l.includes(` cut${cut}/`))) {
        const [sum, name] = line.split(' ')
        const found = await sumOf(ctx, `${where}/${name}`)
        if (found !== sum) wrong.push(`${name}: ${found}`)
      }
      ctx.check(`cut ${cut}: ${lines.length} files so far, this time's are whole`, wrong.length === 0, wrong)
      ctx.check(`cut ${cut}: nothing is unreadable (${torn} blocks were)`, disc.unreadable.size === 0, [
        ...disc.unreadable,
      ])
    }
    ctx.check('all files of all cuts, read back at the end', true, mended)
    const all = await ctx.must(
      ['sh', '-c', `cd ${where} && sha256sum --check --quiet /var/lib/lab/sums 2>&1 || true`],
      {
        timeoutMs: 600_000,
      },
    )
    ctx.check('sha256sum --check finds nothing', all.stdout.trim() === '', all.stdout.slice(0, 400))
    ctx.check(
      'the unit is well',
      (await unitProperty(ctx, 'pktw@sr0.service', 'ActiveState')) === 'active',
      await unitProperty(ctx, 'pktw@sr0.service', 'Result'),
    )
  },
})
