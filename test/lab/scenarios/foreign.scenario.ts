import { scenario } from '../scenario.ts'

/** What cdrom_id (udev) must make of the medium. */
const property: Record<string, string> = {
  'cd-rw': 'ID_CDROM_MEDIA_CD_RW',
  'dvd-rw': 'ID_CDROM_MEDIA_DVD_RW',
  'dvd+rw': 'ID_CDROM_MEDIA_DVD_PLUS_RW',
  'dvd-ram': 'ID_CDROM_MEDIA_DVD_RAM',
  'bd-re': 'ID_CDROM_MEDIA_BD_RE',
  'cd-rom': 'ID_CDROM_MEDIA_CD',
  'dvd-rom': 'ID_CDROM_MEDIA_DVD',
  'dvd-r': 'ID_CDROM_MEDIA_DVD_R',
}

export default scenario({
  describe: 'programs that know real drives take the emulated one for a drive',
  product: false,
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re', 'cd-rom', 'dvd-rom'],
  smoke: ['cd-rw'],
  run: async (ctx) => {
    const place = await ctx.stand.plug(ctx.medium === 'bd-re' ? 'bd' : 'supermulti')
    const device = `/dev/${place.name}`
    await ctx.stand.order('insert', { kind: ctx.medium, udf: 'FOREIGN' })
    const want = `${property[ctx.medium]}=1`
    const query = async () => (await ctx.must(['udevadm', 'info', '--query=property', device])).stdout
    const seen = await ctx.waitFor(
      'udev knows the medium',
      async () => {
        const text = await query()
        return text.includes('ID_CDROM_MEDIA=1') && text.includes('ID_FS_TYPE=') ? text : undefined
      },
      30_000,
    )
    const media = seen.split('\n').filter((l) => l.startsWith('ID_CDROM_MEDIA') || l.startsWith('ID_FS_'))
    ctx.check(`udev: ${want}`, media.includes(want), media.join(' '))
    ctx.check('blkid finds the file system', seen.includes('ID_FS_LABEL=FOREIGN'), media.at(-1))

    for (const [argv, expect] of [
      [['sg_inq', device], /Product identification|CD\/DVD/],
      [['sg_modes', '--page=0x2a', device], /page/i],
      [['sg_get_config', '--current', device], /Current profile|feature/i],
      [['sg_readcap', device], /Block length=2048|Logical block length/],
    ] as const) {
      const ran = await ctx.guest.exec([...argv])
      ctx.check(
        argv.join(' '),
        ran.code === 0 && expect.test(ran.stdout),
        ran.stdout.slice(0, 120) || ran.stderr,
      )
    }
    const read = await ctx.guest.exec([
      'dd',
      `if=${device}`,
      'of=/dev/null',
      'bs=64k',
      'count=64',
      'iflag=direct',
    ])
    ctx.check('4 MiB read directly', read.code === 0, read.stderr)

    await ctx.must(['eject', device])
    await ctx.waitFor('the tray is out', async () => place.drive.trayOpen, 20_000)
    ctx.check('eject(1) opens the tray', place.drive.trayOpen, 'open')
    await ctx.must(['eject', '-t', device])
    await ctx.waitFor('the tray is in', async () => !place.drive.trayOpen, 20_000)
    ctx.check('eject -t shuts it', !place.drive.trayOpen, 'shut')
  },
})
