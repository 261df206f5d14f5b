import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';

/** A certificate and its private key, in PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateParts {
  /** Names and addresses that it is for. */
  readonly names: readonly string[];
  /** Its own name, which clients find authorities by. */
  readonly subject?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Makes a self-signed certificate with a key of its own (RFC 5280; ECDSA on P-256 with SHA-256). */
export function makeCertificate(parts: CertificateParts): TestCertificate {
  const { privateKey: key } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const signed = toBeSigned(parts, publicKey);
  const signature = sign('sha256', signed, createPrivateKey(key));
  const der = element(SEQUENCE, signed, ECDSA_WITH_SHA256, element(BIT_STRING, Buffer.of(0), signature));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key,
  };
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Context-specific tags: version and extensions of a certificate, name and address of a GeneralName. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

const ECDSA_WITH_SHA256 = element(SEQUENCE, identifier('2a8648ce3d040302'));
const COMMON_NAME = identifier('550403');
const SUBJECT_ALTERNATIVE_NAME = identifier('551d11');
const BASIC_CONSTRAINTS = identifier('551d13');

function toBeSigned(parts: CertificateParts, publicKey: Buffer): Buffer {
  const notBefore = parts.notBefore ?? new Date(Date.now() - DAY);
  const notAfter = parts.notAfter ?? new Date(Date.now() + DAY);
  const subject = element(
    SEQUENCE,
    element(
      SET,
      element(SEQUENCE, COMMON_NAME, element(UTF8_STRING, Buffer.from(parts.subject ?? 'signpost test'))),
    ),
  );
  const isAuthority = element(SEQUENCE, element(BOOLEAN, Buffer.of(0xff)));
  const extensions = element(
    SEQUENCE,
    element(SEQUENCE, BASIC_CONSTRAINTS, element(OCTET_STRING, isAuthority)),
    element(
      SEQUENCE,
      SUBJECT_ALTERNATIVE_NAME,
      element(OCTET_STRING, element(SEQUENCE, ...parts.names.map(generalName))),
    ),
  );
  return element(
    SEQUENCE,
    element(VERSION, element(INTEGER, Buffer.of(2))),
    element(INTEGER, Buffer.of(1)),
    ECDSA_WITH_SHA256,
    subject,
    element(SEQUENCE, time(notBefore), time(notAfter)),
    subject,
    publicKey,
    element(EXTENSIONS, extensions),
  );
}

/** Milliseconds. */
const DAY = 86_400_000;

/** IPv6 addresses are not needed yet. */
function generalName(name: string): Buffer {
  if (isIP(name) === 0) return element(DNS_NAME, Buffer.from(name));
  if (!isIPv4(name)) throw new Error(`only IPv4 addresses can be in a test certificate, not ${name}`);
  return element(IP_ADDRESS, Buffer.from(name.split('.').map(Number)));
}

function time(date: Date): Buffer {
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return element(GENERALIZED_TIME, Buffer.from(digits));
}

function identifier(hex: string): Buffer {
  return element(OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'));
}

/** An element in DER (X.690): its tag, its length, its content. */
function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}
