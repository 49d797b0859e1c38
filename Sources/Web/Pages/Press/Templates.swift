import Mustache

/// The templates, parsed once. One line for each file in `Templates`, which are part of the program.
enum Templates {
    static let library: MustacheLibrary = {
        var library = MustacheLibrary()
        // Every file says it for itself: a partial does not take over what its caller said.
        MustacheContentTypes.register(PageText(), named: PageText.name)
        let escaping = "{{% CONTENT_TYPE: \(PageText.name)}}\n"
        for (name, bytes) in files {
            do {
                try library.register(escaping + String(decoding: bytes, as: UTF8.self), named: name)
            } catch {
                preconditionFailure("the template \(name) does not parse: \(error)")
            }
        }
        return library
    }()

    private static let files: [String: [UInt8]] = [
        "layout": PackageResources.layout_mustache,
        "call": PackageResources.call_mustache,
        "summary": PackageResources.summary_mustache,
        "message": PackageResources.message_mustache,
        "field": PackageResources.field_mustache,
        "gone": PackageResources.gone_mustache,
        "catalog": PackageResources.catalog_mustache,
        "copies": PackageResources.copies_mustache,
        "address": PackageResources.address_mustache,
        "contact": PackageResources.contact_mustache,
        "check": PackageResources.check_mustache,
        "failed": PackageResources.failed_mustache,
        "already": PackageResources.already_mustache,
        "clear": PackageResources.clear_mustache,
        "status": PackageResources.status_mustache,
        "cancel": PackageResources.cancel_mustache,
    ].merging(console) { first, _ in first }

    /// The staff's.
    private static let console: [String: [UInt8]] = [
        "staffaction": PackageResources.staffaction_mustache,
        "staffask": PackageResources.staffask_mustache,
        "staffbulk": PackageResources.staffbulk_mustache,
        "staffcatalog": PackageResources.staffcatalog_mustache,
        "staffcorner": PackageResources.staffcorner_mustache,
        "staffdeliveries": PackageResources.staffdeliveries_mustache,
        "stafffoot": PackageResources.stafffoot_mustache,
        "staffimport": PackageResources.staffimport_mustache,
        "staffkeys": PackageResources.staffkeys_mustache,
        "stafflist": PackageResources.stafflist_mustache,
        "staffme": PackageResources.staffme_mustache,
        "staffmessage": PackageResources.staffmessage_mustache,
        "staffrefused": PackageResources.staffrefused_mustache,
        "staffnav": PackageResources.staffnav_mustache,
        "staffnotice": PackageResources.staffnotice_mustache,
        "stafforder": PackageResources.stafforder_mustache,
        "staffoverview": PackageResources.staffoverview_mustache,
        "staffpassword": PackageResources.staffpassword_mustache,
        "staffpreview": PackageResources.staffpreview_mustache,
        "staffreport": PackageResources.staffreport_mustache,
        "staffresume": PackageResources.staffresume_mustache,
        "staffsignin": PackageResources.staffsignin_mustache,
        "staffslips": PackageResources.staffslips_mustache,
        "staffsummary": PackageResources.staffsummary_mustache,
        "stafftitle": PackageResources.stafftitle_mustache,
        "staffupdates": PackageResources.staffupdates_mustache,
        "staffviews": PackageResources.staffviews_mustache,
    ]
}
