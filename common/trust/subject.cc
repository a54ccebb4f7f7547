// The names a certificate carries.
#include <algorithm>
#include <array>

#include "common/trust/certificate_impl.h"

namespace urna::trust {

namespace {

constexpr std::string_view kScheme = "urna:";

std::string as_label(const std::string& name) {
  std::string label = name;
  for (char& c : label) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '.' || c == '_') c = '-';
  }
  return label;
}

std::string_view text_of(const ASN1_IA5STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

}  // namespace

std::string subject_uri(const Subject& subject) {
  return std::string(kScheme) + subject.election.str() + ":" + subject.unit.str() + ":" +
         std::string(role_name(subject.role));
}

std::optional<Subject> parse_subject_uri(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  const std::size_t first = uri.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = uri.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto election = model::ElectionId::parse(uri.substr(0, first));
  const auto unit = model::UnitId::parse(uri.substr(first + 1, second - first - 1));
  const auto role = parse_role(uri.substr(second + 1));
  if (!election || !unit || !role) return std::nullopt;
  return Subject{*election, *unit, *role};
}

std::string dns_name_of(const model::ElectionId& election, const model::UnitId& unit) {
  return "n-" + as_label(unit.str()) + "." + as_label(election.str()) + ".urna.internal";
}

std::optional<Subject> subject_of(const X509* certificate) {
  int found = 0;
  const ossl::GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, &found, nullptr)));
  return subject_in(names.get());
}

std::optional<Subject> subject_in(const GENERAL_NAMES* names) {
  if (names == nullptr) return std::nullopt;
  std::optional<Subject> subject;
  std::optional<std::string> dns;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_URI && !subject) {
      subject = parse_subject_uri(text_of(name->d.uniformResourceIdentifier));
      if (!subject) return std::nullopt;
    } else if (name->type == GEN_DNS && !dns) {
      dns = text_of(name->d.dNSName);
    } else {
      return std::nullopt;
    }
  }
  if (!subject || dns.has_value() != is_node(subject->role)) return std::nullopt;
  if (dns && *dns != dns_name_of(subject->election, subject->unit)) return std::nullopt;
  return subject;
}

}  // namespace urna::trust
