// SPDX-License-Identifier: MIT
#include "container/layers.h"

#include <gmock/gmock.h>

namespace latchkey::container {
namespace {

using testing::HasSubstr;
using testing::Not;

Achieved everything()
{
    return {0x7ff, 7};
}

TEST(Container, SaysWhatItIsMadeOf)
{
    EXPECT_EQ(describe(everything()), "namespaces user mount pid ipc host net, own /proc, Landlock 7 (files sockets "
                                      "ports), system calls filtered");
    EXPECT_EQ(describe({}), "limits alone");
}

TEST(Container, SaysWhatIsMissing)
{
    EXPECT_EQ(describe_missing(everything(), Network::None), "");
    Achieved with_network = everything();
    with_network.layers &= ~static_cast<std::uint32_t>(Layer::Net);
    EXPECT_EQ(describe_missing(with_network, Network::Outbound), "") << "it is not wanted there";
    EXPECT_THAT(describe_missing(with_network, Network::None), HasSubstr("the machine's network is shared"));
    EXPECT_THAT(describe_missing({}, Network::None), HasSubstr("the user's files can be read"));
    EXPECT_THAT(describe_missing(everything(), Network::None), Not(HasSubstr("read")));
}

} // namespace
} // namespace latchkey::container
