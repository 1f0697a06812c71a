package resp

import "bytes"

// slots is the number of hash slots a keyspace is divided into.
const slots = 16384

// KeySlot is the slot of a key: CRC16 of the key, or of its hash tag, the
// non-empty part between the first "{" and the next "}".
func KeySlot(key []byte) int {
	if open := bytes.IndexByte(key, '{'); open >= 0 {
		if end := bytes.IndexByte(key[open+1:], '}'); end > 0 {
			key = key[open+1 : open+1+end]
		}
	}
	return int(crc16(key)) % slots
}

// router says which group of the cluster holds a slot. With one data group
// nothing needs to be looked at, and no key is hashed.
type router struct{}

// dataGroup holds every slot.
const dataGroup uint32 = 1

// group is where a command belongs. ok is false when its keys lie in several
// groups.
func (router) group(*command, [][]byte) (group uint32, ok bool) { return dataGroup, true }

// crc16 is CRC-16/XMODEM.
func crc16(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc = crc<<8 ^ crcTable[byte(crc>>8)^c]
	}
	return crc
}

var crcTable = func() (t [256]uint16) {
	for i := range t {
		crc := uint16(i) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
		t[i] = crc
	}
	return t
}()
