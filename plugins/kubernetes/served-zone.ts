import { Reply } from '../../src/server/reply.ts';
import type { VersionCell } from '../../src/truth/version-cells.ts';
import { Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { soaData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { NameForms } from './kubernetes-name.ts';

const LONGEST_SOA_TTL = 300;

/** A zone of the directive, with its made-up SOA record. */
export class ServedZone {
  /** Lower case, fully qualified. */
  readonly name: string;
  readonly forms: NameForms;
  /** `ns.dns` below it: this server, where no Service leads to it. */
  readonly nameServerName: string;
  /** `dns-version` below it. */
  readonly schemaVersionName: string;
  readonly #ttl: number;
  /** For the zone in lower case, and in the letter case that was asked in last. */
  #plain: Authority;
  #mixed: Authority;

  constructor(name: string, forms: NameForms, ttl: number) {
    this.name = name;
    this.forms = forms;
    this.nameServerName = ServedZone.below('ns.dns', name);
    this.schemaVersionName = ServedZone.below('dns-version', name);
    this.#ttl = ttl;
    this.#plain = new Authority(name, 0, ttl);
    this.#mixed = this.#plain;
  }

  /** The zone as it stands in a name below it, in that name's letter case. */
  textIn(name: string, originalName: string): string {
    return name === originalName ? this.name : originalName.slice(originalName.length - this.name.length);
  }

  /** A name below the zone, in the letter case of `text`. */
  static below(labels: string, text: string): string {
    return text === '.' ? `${labels}.` : `${labels}.${text}`;
  }

  /**
   * The zone's SOA record and the replies that carry it.
   * @param text the zone in the query's letter case
   */
  authority(text: string, serial: number): Authority {
    if (text === this.name) {
      if (this.#plain.serial !== serial) this.#plain = new Authority(text, serial, this.#ttl);
      return this.#plain;
    }
    if (this.#mixed.serial !== serial || this.#mixed.text !== text) {
      this.#mixed = new Authority(text, serial, this.#ttl);
    }
    return this.#mixed;
  }
}

/** What can be said of a zone without looking at what is in it, for one serial and letter case. */
export class Authority {
  readonly text: string;
  readonly serial: number;
  /** As an authority or answer section. */
  readonly soa: readonly ResourceRecord[];
  readonly #negatives: (Reply | undefined)[] = [];

  constructor(text: string, serial: number, ttl: number) {
    this.text = text;
    this.serial = serial;
    const data = soaData({
      primary: ServedZone.below('ns.dns', text),
      mailbox: ServedZone.below('hostmaster', text),
      serial,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: ttl,
    });
    const soaTtl = Math.min(ttl, LONGEST_SOA_TTL);
    this.soa = [{ name: text, type: RecordType.SOA, class: RecordClass.IN, ttl: soaTtl, data }];
  }

  /**
   * A reply without answers: NOERROR (NODATA), NXDOMAIN or SERVFAIL (not synced yet).
   * @param serialCell always the same one: its value is the serial of now
   */
  negative(rcode: number, serialCell: VersionCell | undefined): Reply {
    const isRepeated = serialCell !== undefined && rcode !== Rcode.ServerFailure;
    return (this.#negatives[rcode] ??= new Reply({
      rcode,
      authoritative: true,
      authority: this.soa,
      source: 'kubernetes',
      repeat: isRepeated ? { serialCell } : undefined,
    }));
  }
}
