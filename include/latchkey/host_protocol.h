/* SPDX-License-Identifier: MIT
 *
 * What the broker and a task host say to each other. The specification is docs/host-protocol.md; this header is its
 * numbers. Plain C so that a host can be written in anything that can open a socket.
 */
#ifndef LATCHKEY_HOST_PROTOCOL_H
#define LATCHKEY_HOST_PROTOCOL_H

#include <stdint.h>

#define LATCHKEY_HOST_PROTOCOL 1u

/* Limits: one message, one string in it, the instances that one host can have at once. Whatever the broker's policy may
 * allow to be registered and fired fits. */
#define LATCHKEY_HOST_MESSAGE_MAX 131072u
#define LATCHKEY_HOST_STRING_MAX 8192u
#define LATCHKEY_HOST_SLOTS 64u

/* Descriptors that a host finds open. */
enum LatchkeyHostDescriptor {
    LATCHKEY_HOST_SOCKET = 3,   /* SOCK_SEQPACKET to the broker: the messages below */
    LATCHKEY_HOST_PROGRESS = 4, /* memfd of LATCHKEY_HOST_SLOTS LatchkeyProgressSlot */
    LATCHKEY_HOST_WAKE = 5,     /* eventfd: written when a slot's pending goes from 0 to 1 */
    LATCHKEY_HOST_BUS = 6       /* D-Bus without a bus: org.latchkey.Broker1 as the package of this host */
};

/* Broker to host. */
enum LatchkeyHostRequest {
    LATCHKEY_HOST_CONFIGURE = 1, /* u32 version; str family; str package folder; str data folder; u32 n;
                                    n x (str class, str library); u32 n; n x str probe folder. Paths are absolute */
    LATCHKEY_HOST_ACTIVATE = 2,  /* u32 slot; guid instance; guid task; u32 suspended count; str entry point; str name;
                                    str trigger; str detail kind; bytes detail */
    LATCHKEY_HOST_CANCEL = 3,    /* u32 slot; i32 BackgroundTaskCancellationReason */
    LATCHKEY_HOST_END = 4,       /* nothing: end when the running instances have ended */
    LATCHKEY_HOST_CLASSES = 5    /* u32 n; n x (str class, str library): those that CONFIGURE had no room for */
};

/* Host to broker. */
enum LatchkeyHostReport {
    LATCHKEY_HOST_READY = 101,    /* u32 version; or u32 version; u32 layers; u32 version of Landlock */
    LATCHKEY_HOST_STARTED = 102,  /* u32 slot: the class was activated, Run is about to be called */
    LATCHKEY_HOST_COMPLETED = 103 /* u32 slot; i32 HRESULT; str message. The slot is free after it. */
};

/* Bits of READY's layers: what the host's container is made of. */
enum LatchkeyHostLayer {
    LATCHKEY_LAYER_USER = 1,     /* namespaces */
    LATCHKEY_LAYER_MOUNT = 2,
    LATCHKEY_LAYER_PID = 4,
    LATCHKEY_LAYER_IPC = 8,
    LATCHKEY_LAYER_HOST = 16,    /* uts */
    LATCHKEY_LAYER_NET = 32,
    LATCHKEY_LAYER_PROC = 64,    /* a /proc of its own */
    LATCHKEY_LAYER_FILES = 128,  /* Landlock: files */
    LATCHKEY_LAYER_SCOPE = 256,  /* Landlock: abstract sockets and signals */
    LATCHKEY_LAYER_PORTS = 512,  /* Landlock: TCP */
    LATCHKEY_LAYER_CALLS = 1024  /* seccomp */
};

/* One instance's progress, written by the host, read by the broker. One cache line each. All 0 before ACTIVATE, but
 * for suspended_count. */
typedef struct LatchkeyProgressSlot {
    uint32_t value;   /* the last progress */
    uint32_t pending; /* 1: value has changed since the broker looked */
    uint32_t suspended_count; /* written by the broker */
    uint32_t culprit; /* not 0: the thread of this instance ended the process, by this signal or LATCHKEY_HOST_EXIT */
    uint32_t unused[12];
} LatchkeyProgressSlot;

#define LATCHKEY_HOST_EXIT 256u

/* Every message begins with this; size counts the whole message. Numbers are little-endian, str and bytes are a u32
 * length and the bytes (str: UTF-8, no terminator, no NUL). A guid is the 16 bytes of Windows' GUID in memory. */
typedef struct LatchkeyHostMessage {
    uint32_t kind;
    uint32_t size;
} LatchkeyHostMessage;

#endif
