/* SPDX-License-Identifier: MIT
 *
 * A component with one class without state, built several times with other settings
 * (tests/unit/runtime/CMakeLists.txt): SAMPLE_CLASS its name, SAMPLE_ENTRY the name of its entry point, SAMPLE_RESULT
 * what it answers for any class, SAMPLE_UNKNOWN what it answers for a class that it does not have.
 */
#include <latchkey/runtime.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#ifndef SAMPLE_UNKNOWN
#define SAMPLE_UNKNOWN 0x80040154u
#endif

typedef struct Factory {
    void* const* vtable;
} Factory;

#ifndef SAMPLE_RESULT
static int32_t query(Factory* self, LatchkeyGuid const* iid, void** out)
{
    static uint32_t const known[] = {0x00000000u, 0xAF86E2E0u, 0x00000035u};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        if (iid->data1 == known[i]) {
            *out = self;
            return 0;
        }
    }
    *out = NULL;
    return (int32_t)0x80004002u;
}

static uint32_t count(Factory* self)
{
    (void)self;
    return 1;
}

static int32_t no_iids(Factory* self, uint32_t* number, LatchkeyGuid** iids)
{
    (void)self;
    *number = 0;
    *iids = NULL;
    return 0;
}

static int32_t class_name(Factory* self, void** name)
{
    (void)self;
    return WindowsCreateString(SAMPLE_CLASS, (uint32_t)wcslen(SAMPLE_CLASS), name);
}

static int32_t trust(Factory* self, int32_t* level)
{
    (void)self;
    *level = 0;
    return 0;
}

/* The factory is its own instance: enough to see that it was asked. */
static int32_t activate(Factory* self, void** instance)
{
    *instance = self;
    return 0;
}

static void* const slots[] = {(void*)query,      (void*)count, (void*)count,   (void*)no_iids,
                              (void*)class_name, (void*)trust, (void*)activate};
static Factory factory_object = {slots};
#endif

#ifdef SAMPLE_ENTRY
__attribute__((visibility("default"))) int32_t SAMPLE_ENTRY(void* name, void** factory);

int32_t SAMPLE_ENTRY(void* name, void** factory)
{
    *factory = NULL;
#ifdef SAMPLE_RESULT
    (void)name;
    return (int32_t)SAMPLE_RESULT;
#else
    if (wcscmp(WindowsGetStringRawBuffer(name, NULL), SAMPLE_CLASS) != 0) return (int32_t)SAMPLE_UNKNOWN;
    *factory = &factory_object;
    return 0;
#endif
}
#endif
