// SPDX-License-Identifier: MIT
// Namespaces whose structs are inside each other's, A.S1 { B.S2 } and B.S3 { A.S4 }: neither header could include the
// other, so their structs are written together. The groups are the strongly connected parts of "has a struct with one
// of yours inside", found by Kosaraju's way, without recursion.
#include "projection/model_builder.h"

#include <algorithm>

namespace latchkey::projection {

namespace {

using Graph = std::map<Namespace*, std::vector<Namespace*>>;

// Everything that can be reached from start and was not seen before; what is left first comes first.
void walk(Graph const& graph, Namespace* start, std::set<Namespace const*>& seen, std::vector<Namespace*>& left)
{
    struct Step {
        Namespace* at;
        std::size_t next;
    };
    if (!seen.insert(start).second) return;
    std::vector<Step> path{{start, 0}};
    while (!path.empty()) {
        auto& [at, next] = path.back();
        auto const found = graph.find(at);
        if (found == graph.end() || next == found->second.size()) {
            left.push_back(at);
            path.pop_back();
        } else if (auto* const to = found->second[next++]; seen.insert(to).second) {
            path.push_back({to, 0});
        }
    }
}

} // namespace

void ModelBuilder::group_structs()
{
    Graph forward;
    Graph backward;
    for (auto& [name, name_space] : m_model.m_namespaces)
        for (auto const* type : name_space.types)
            for (auto const& field : type->fields) {
                if (!field.type.is_struct() || field.type.type->name_space == &name_space) continue;
                auto* const other = &m_model.m_namespaces.at(field.type.type->name_space->name);
                forward[&name_space].push_back(other);
                backward[other].push_back(&name_space);
            }
    std::set<Namespace const*> seen;
    std::vector<Namespace*> order;
    for (auto const& [from, to] : forward)
        walk(forward, from, seen, order);
    seen.clear();
    for (auto from = order.rbegin(); from != order.rend(); ++from) {
        std::vector<Namespace*> group;
        walk(backward, *from, seen, group);
        if (group.size() < 2) continue;
        std::ranges::sort(group, {}, &Namespace::name);
        group.front()->struct_group.assign(group.begin(), group.end());
        for (auto* const member : group)
            member->struct_home = group.front();
    }
}

} // namespace latchkey::projection
