import { describe, expect, it } from 'vitest';
import { AddressRule } from '../../../src/streams/policy/address-kind.js';

const strict = new AddressRule([]);

describe('AddressRule', () => {
  it.each([
    '93.184.216.34',
    '1.1.1.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '64:ff9b::101:101',
    '2002:101:101::1',
  ])('lets %s pass', (address) => expect(strict.objection(address)).toBeNull());

  it.each([
    ['127.0.0.1', 'this machine itself'],
    ['127.255.0.9', 'this machine itself'],
    ['::1', 'this machine itself'],
    ['::ffff:127.0.0.1', 'this machine itself'],
    ['::ffff:7f00:1', 'this machine itself'],
    ['::127.0.0.1', 'this machine itself'],
    ['64:ff9b::7f00:1', 'this machine itself'],
    ['2002:7f00:1::', 'this machine itself'],
    ['0.0.0.0', 'every address of this machine'],
    ['::', 'every address of this machine'],
    ['169.254.169.254', 'a link-local address'],
    ['64:ff9b::a9fe:a9fe', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'a link-local address'],
    ['10.0.0.1', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.168.1.20', 'a private address'],
    ['::ffff:c0a8:114', 'a private address'],
    ['fd00::1', 'a private address'],
    ['100.64.0.1', 'a carrier-internal address'],
    ['224.0.0.1', 'a multicast address'],
    ['ff02::1', 'a multicast address'],
    ['255.255.255.255', 'a broadcast address'],
    ['0.1.2.3', 'every address of this machine'],
    ['192.0.2.1', 'a reserved address'],
    ['198.18.0.1', 'a reserved address'],
    ['203.0.113.9', 'a reserved address'],
    ['240.0.0.1', 'a reserved address'],
    ['2001:db8::1', 'a reserved address'],
    ['64:ff9b:1::1', 'a reserved address'],
    ['fec0::1', 'a reserved address'],
    ['2001::1', 'a reserved address'],
    ['4000::1', 'a reserved address'],
    ['camera.example', 'no address'],
  ])('objects to %s: %s', (address, words) => {
    expect(strict.objection(address)).toBe(words);
  });

  it('lets pass what is listed, in every form of it, and nothing beside it', () => {
    const rule = new AddressRule(['192.168.0.0/16', '::1', '10.0.0.7']);
    for (const address of ['192.168.1.20', '::ffff:192.168.1.20', '64:ff9b::c0a8:114', '::1', '10.0.0.7']) {
      expect(rule.objection(address), address).toBeNull();
    }
    for (const address of ['192.169.0.1', '::2', '10.0.0.8', '127.0.0.1']) {
      expect(rule.objection(address), address).not.toBe('a public address');
      expect(rule.objection(address) === null, address).toBe(address === '192.169.0.1');
    }
  });

  it('lets nobody listen but where it is listed', () => {
    expect(strict.objection('93.184.216.34', true)).toBe('an address to listen on');
    expect(new AddressRule(['0.0.0.0']).objection('0.0.0.0', true)).toBeNull();
    expect(new AddressRule(['239.0.0.0/8']).objection('239.1.2.3', true)).toBeNull();
  });
});
