/* SPDX-License-Identifier: MIT
 *
 * A background task without any header of ours: a class of plain C that any host may activate. Identifiers and slots
 * are those that Windows publishes for IBackgroundTask and IBackgroundTaskInstance.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define CLASS_NAME L"PlainTask.Task"
#define NO_INTERFACE ((int32_t)0x80004002u)
#define NOT_REGISTERED ((int32_t)0x80040154u)
#define INVALID_ARGUMENT ((int32_t)0x80070057u)

typedef struct Guid {
    uint32_t data1;
    uint16_t data2, data3;
    uint8_t data4[8];
} Guid;

extern int32_t WindowsCreateString(wchar_t const* text, uint32_t length, void** string);
extern wchar_t const* WindowsGetStringRawBuffer(void* string, uint32_t* length);

static Guid const iid_unknown = {0x00000000, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
static Guid const iid_inspectable = {0xAF86E2E0, 0xB12D, 0x4C6A, {0x9C, 0x5A, 0xD7, 0xAA, 0x65, 0x10, 0x1E, 0x90}};
static Guid const iid_factory = {0x00000035, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
static Guid const iid_task = {0x7D13D534, 0xFD12, 0x43CE, {0x8C, 0x22, 0xEA, 0x1F, 0xF1, 0x3C, 0x06, 0xDF}};
static Guid const iid_canceled = {0xA6C4BAC0, 0x51F8, 0x4C57, {0xAC, 0x3F, 0x15, 0x6D, 0xD1, 0x68, 0x0C, 0x4F}};

/* ---- What the host gives --------------------------------------------------------------------------------------- */

typedef struct Deferral Deferral;
struct Deferral {
    struct {
        int32_t (*query)(Deferral*, Guid const*, void**);
        uint32_t (*add_ref)(Deferral*);
        uint32_t (*release)(Deferral*);
        void* inspectable[3];
        int32_t (*complete)(Deferral*);
    } const* slots;
};

typedef struct Instance Instance;
struct Instance {
    struct {
        int32_t (*query)(Instance*, Guid const*, void**);
        uint32_t (*add_ref)(Instance*);
        uint32_t (*release)(Instance*);
        void* inspectable[3];
        int32_t (*get_instance_id)(Instance*, Guid*);
        int32_t (*get_task)(Instance*, void**);
        int32_t (*get_progress)(Instance*, uint32_t*);
        int32_t (*put_progress)(Instance*, uint32_t);
        int32_t (*get_trigger_details)(Instance*, void**);
        int32_t (*add_canceled)(Instance*, void* handler, int64_t* token);
        int32_t (*remove_canceled)(Instance*, int64_t token);
        int32_t (*get_suspended_count)(Instance*, uint32_t*);
        int32_t (*get_deferral)(Instance*, Deferral**);
    } const* slots;
};

/* ---- Objects of this component: a count behind a table of slots ------------------------------------------------- */

typedef struct Object {
    void* const* slots;
    Guid const* iid; /* what it answers for beside IUnknown and, when it is one, IInspectable */
    int inspectable;
    atomic_uint references;
} Object;

static int same(Guid const* left, Guid const* right)
{
    return memcmp(left, right, sizeof *left) == 0;
}

static Object* make(void* const* slots, Guid const* iid, int inspectable)
{
    Object* made = malloc(sizeof *made);
    if (made) {
        made->slots = slots;
        made->iid = iid;
        made->inspectable = inspectable;
        atomic_init(&made->references, 1);
    }
    return made;
}

static int32_t query(Object* self, Guid const* iid, void** out)
{
    int const known =
        same(iid, &iid_unknown) || same(iid, self->iid) || (self->inspectable && same(iid, &iid_inspectable));
    *out = known ? self : NULL;
    if (known) atomic_fetch_add(&self->references, 1);
    return known ? 0 : NO_INTERFACE;
}

static uint32_t add_ref(Object* self)
{
    return atomic_fetch_add(&self->references, 1) + 1;
}

static uint32_t release(Object* self)
{
    uint32_t const left = atomic_fetch_sub(&self->references, 1) - 1;
    if (left == 0) free(self);
    return left;
}

static int32_t get_iids(Object* self, uint32_t* count, Guid** iids)
{
    (void)self;
    *count = 0;
    *iids = NULL;
    return 0;
}

static int32_t get_class_name(Object* self, void** name)
{
    (void)self;
    return WindowsCreateString(CLASS_NAME, (uint32_t)wcslen(CLASS_NAME), name);
}

static int32_t get_trust(Object* self, int32_t* level)
{
    (void)self;
    *level = 0;
    return 0;
}

/* BackgroundTaskCanceledEventHandler: the reason becomes the progress, so that the host sees it. */
static int32_t canceled(Object* self, Instance* sender, int32_t reason)
{
    (void)self;
    return sender->slots->put_progress(sender, 100u + (uint32_t)reason);
}

static void* const canceled_slots[] = {(void*)query, (void*)add_ref, (void*)release, (void*)canceled};

static int32_t run(Object* self, Instance* instance)
{
    (void)self;
    if (!instance) return INVALID_ARGUMENT;
    Guid id;
    int32_t result = instance->slots->get_instance_id(instance, &id);
    if (result < 0) return result;
    Deferral* deferral = NULL;
    result = instance->slots->get_deferral(instance, &deferral);
    if (result < 0) return result;
    Object* handler = make(canceled_slots, &iid_canceled, 0);
    int64_t token = 0;
    if (handler) {
        result = instance->slots->add_canceled(instance, handler, &token);
        release(handler);
    }
    if (result >= 0) result = instance->slots->put_progress(instance, id.data1);
    deferral->slots->complete(deferral);
    deferral->slots->release(deferral);
    return result;
}

static void* const task_slots[] = {(void*)query,          (void*)add_ref,   (void*)release, (void*)get_iids,
                                   (void*)get_class_name, (void*)get_trust, (void*)run};

static int32_t activate(Object* self, void** instance)
{
    (void)self;
    *instance = make(task_slots, &iid_task, 1);
    return *instance ? 0 : (int32_t)0x8007000Eu;
}

static void* const factory_slots[] = {(void*)query,          (void*)add_ref,   (void*)release, (void*)get_iids,
                                      (void*)get_class_name, (void*)get_trust, (void*)activate};

__attribute__((visibility("default"))) int32_t DllGetActivationFactory(void* name, void** factory);

int32_t DllGetActivationFactory(void* name, void** factory)
{
    *factory = NULL;
    if (wcscmp(WindowsGetStringRawBuffer(name, NULL), CLASS_NAME) != 0) return NOT_REGISTERED;
    *factory = make(factory_slots, &iid_factory, 1);
    return *factory ? 0 : (int32_t)0x8007000Eu;
}
