/* SPDX-License-Identifier: MIT
 *
 * Activates and calls a C++ component without any header of ours: what a binding of another language would do. The
 * identifiers and slots are those of AbiSample.idl. Usage: caller FOLDER-OF-THE-COMPONENT
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

typedef struct Guid {
    uint32_t data1;
    uint16_t data2, data3;
    uint8_t data4[8];
} Guid;

typedef struct Point {
    float x, y;
} Point;

typedef struct Thermometer Thermometer;

typedef struct ThermometerSlots {
    int32_t (*query)(Thermometer*, Guid const*, void**);
    uint32_t (*add_ref)(Thermometer*);
    uint32_t (*release)(Thermometer*);
    int32_t (*get_iids)(Thermometer*, uint32_t*, Guid**);
    int32_t (*get_class_name)(Thermometer*, void**);
    int32_t (*get_trust)(Thermometer*, int32_t*);
    int32_t (*get_celsius)(Thermometer*, double*);
    int32_t (*put_celsius)(Thermometer*, double);
    int32_t (*describe)(Thermometer*, void* prefix, void** text);
    int32_t (*sum)(Thermometer*, uint32_t size, int32_t* values, int32_t* result);
    int32_t (*shift)(Thermometer*, Point, float, Point*);
    int32_t (*is_nil)(Thermometer*, Guid, uint8_t*);
    int32_t (*fail)(Thermometer*, void* why);
    int32_t (*visit)(Thermometer*, void* thing, void** text);
    int32_t (*count_to)(Thermometer*, int32_t last, void* handler);
    int32_t (*bytes)(Thermometer*, uint8_t count, uint32_t* size, uint8_t** values);
} ThermometerSlots;

struct Thermometer {
    ThermometerSlots const* slots;
};

extern int32_t RoInitialize(uint32_t type);
extern int32_t RoActivateInstance(void* class_name, void** instance);
extern int32_t WindowsCreateString(wchar_t const* text, uint32_t length, void** string);
extern int32_t WindowsDeleteString(void* string);
extern wchar_t const* WindowsGetStringRawBuffer(void* string, uint32_t* length);
extern void CoTaskMemFree(void* memory);
extern int32_t LatchkeyAddProbeFolder(char const* folder);
extern int32_t LatchkeyTakeErrorText(int32_t error, void** message);

static int failures = 0;

static void expect(int condition, char const* what)
{
    if (!condition) {
        fprintf(stderr, "caller.c: %s\n", what);
        ++failures;
    }
}

static void* string(wchar_t const* text)
{
    void* made = NULL;
    expect(WindowsCreateString(text, (uint32_t)wcslen(text), &made) == 0, "no string");
    return made;
}

static int is(void* text, wchar_t const* expected)
{
    int const same = wcscmp(WindowsGetStringRawBuffer(text, NULL), expected) == 0;
    WindowsDeleteString(text);
    return same;
}

/* A delegate in C: three slots of IUnknown and Invoke. It lives on the stack, so counting is for show. */
typedef struct Counter Counter;
typedef struct CounterSlots {
    int32_t (*query)(Counter*, Guid const*, void**);
    uint32_t (*add_ref)(Counter*);
    uint32_t (*release)(Counter*);
    int32_t (*invoke)(Counter*, int32_t);
} CounterSlots;
struct Counter {
    CounterSlots const* slots;
    int32_t total;
    uint32_t references;
};

static int32_t counter_query(Counter* self, Guid const* iid, void** out)
{
    (void)iid;
    *out = self;
    ++self->references;
    return 0;
}

static uint32_t counter_add_ref(Counter* self)
{
    return ++self->references;
}

static uint32_t counter_release(Counter* self)
{
    return --self->references;
}

static int32_t counter_invoke(Counter* self, int32_t number)
{
    self->total += number;
    return number == 5 ? (int32_t)0x8000000Bu : 0;
}

static CounterSlots const counter_slots = {counter_query, counter_add_ref, counter_release, counter_invoke};

static void call_members(Thermometer* object)
{
    double celsius = 0;
    expect(object->slots->put_celsius(object, 21.5) == 0, "put_Celsius");
    expect(object->slots->get_celsius(object, &celsius) == 0 && celsius == 21.5, "get_Celsius");

    void* prefix = string(L"now ");
    void* text = NULL;
    expect(object->slots->describe(object, prefix, &text) == 0 && is(text, L"now 21"), "Describe");

    int32_t values[] = {1, 2, 3};
    int32_t sum = 0;
    expect(object->slots->sum(object, 3, values, &sum) == 0 && sum == 6, "Sum");
    expect(object->slots->sum(object, 0, NULL, &sum) == 0 && sum == 0, "Sum of nothing");

    Point const from = {1.0f, 2.0f};
    Point to = {0.0f, 0.0f};
    expect(object->slots->shift(object, from, 0.5f, &to) == 0 && to.x == 1.5f && to.y == 1.5f, "Shift");

    Guid const nil = {0, 0, 0, {0}};
    Guid const some = {0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 1}};
    uint8_t answer = 9;
    expect(object->slots->is_nil(object, nil, &answer) == 0 && answer == 1, "IsNil of nothing");
    expect(object->slots->is_nil(object, some, &answer) == 0 && answer == 0, "IsNil of something");

    uint32_t size = 0;
    uint8_t* bytes = NULL;
    expect(object->slots->bytes(object, 4, &size, &bytes) == 0 && size == 4 && bytes[3] == 3, "Bytes");
    CoTaskMemFree(bytes);

    expect(object->slots->fail(object, prefix) == (int32_t)0x80070005u, "Fail");
    expect(LatchkeyTakeErrorText((int32_t)0x80070005u, &text) == 0 && is(text, L"now "), "the text of Fail");
    WindowsDeleteString(prefix);

    Counter counter = {&counter_slots, 0, 1};
    expect(object->slots->count_to(object, 4, &counter) == 0 && counter.total == 10, "CountTo");
    expect(object->slots->count_to(object, 7, &counter) == (int32_t)0x8000000Bu, "CountTo with a failing handler");
    expect(counter.references == 1, "the handler's references");
}

int main(int count, char** arguments)
{
    if (count != 2) return 2;
    expect(RoInitialize(1) >= 0, "RoInitialize");
    expect(LatchkeyAddProbeFolder(arguments[1]) == 0, "LatchkeyAddProbeFolder");
    void* name = string(L"AbiSample.Thermometer");
    void* instance = NULL;
    int32_t const result = RoActivateInstance(name, &instance);
    WindowsDeleteString(name);
    if (result < 0) {
        fprintf(stderr, "caller.c: RoActivateInstance: 0x%08X\n", (unsigned)result);
        return 1;
    }

    static Guid const iid = {0x0D3A6F52, 0x91D4, 0x4C2B, {0x8F, 0x04, 0x5A, 0x7D, 0x9B, 0xE2, 0xC1, 0x02}};
    static Guid const stranger = {1, 2, 3, {4}};
    Thermometer* unknown = instance;
    void* found = NULL;
    expect(unknown->slots->query(unknown, &stranger, &found) == (int32_t)0x80004002u && !found, "a stranger's IID");
    expect(unknown->slots->query(unknown, &iid, &found) == 0 && found, "IThermometer");
    unknown->slots->release(unknown);
    if (!found) return 1;

    Thermometer* object = found;
    void* class_name = NULL;
    expect(object->slots->get_class_name(object, &class_name) == 0 && is(class_name, L"AbiSample.Thermometer"),
           "GetRuntimeClassName");
    call_members(object);
    expect(object->slots->release(object) == 0, "the last reference");
    return failures ? 1 : 0;
}
